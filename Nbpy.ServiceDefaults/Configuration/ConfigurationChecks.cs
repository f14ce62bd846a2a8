using System.Net;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>What must hold between the parts of a configuration.</summary>
internal sealed class ConfigurationChecks(IntegrationConfig config, ConfigNode root, List<ConfigurationError> errors)
{
    private static readonly string[] StopParts = ["subscribers", "publishers", "retention_policy", "grafana", "influxdb"];

    public void Run()
    {
        Opening();
        Addresses();
        Keys();
        Policies();
        Measurements();
        Downsampling();
        Names();
        Ports();
        for (var i = 0; i < config.Publishers.Count; i++)
            Publisher(config.Publishers[i], $"$.publishers[{i}]");
        for (var i = 0; i < config.Subscribers.Count; i++)
            Subscriber(config.Subscribers[i], $"$.subscribers[{i}]");
        for (var i = 0; i < config.Validation.ZmqTopics.Count; i++)
            if (!Topics().Contains(config.Validation.ZmqTopics[i]))
                Error($"$.validation.zmq_topics[{i}]", $"No enabled publisher publishes '{config.Validation.ZmqTopics[i]}'{Nearest.Hint(config.Validation.ZmqTopics[i], Topics())}.");
        for (var i = 0; i < config.GracefulShutdown.StopSequence.Count; i++)
            if (!StopParts.Contains(config.GracefulShutdown.StopSequence[i]))
                Error($"$.graceful_shutdown.stop_sequence[{i}]", $"'{config.GracefulShutdown.StopSequence[i]}' is no part{Nearest.Hint(config.GracefulShutdown.StopSequence[i], StopParts)}.");
    }

    private HashSet<string> Topics() => [.. config.EnabledPublishers.Select(p => p.Topic)];

    private void Opening()
    {
        if (!IPAddress.TryParse(config.System.BindHost, out var address))
            Error("$.system.bind_host", $"'{config.System.BindHost}' is no IP address; use 127.0.0.1, or 0.0.0.0 to open every interface.");
        else if (!IPAddress.IsLoopback(address) && !config.System.TrustedNetwork && config.System.CurveKeys is null)
            Error("$.system.bind_host", $"{address} opens the ZeroMQ sockets to a network, and ZeroMQ asks nobody for a password; keep 127.0.0.1, or set system.curve_keys (keys made by 'nbpy keys create'), or system.trusted_network (NBPY_TRUSTED_NETWORK=true) where everybody on that network may read and be read.");
    }

    private void Addresses()
    {
        if (Uri.CheckHostName(config.InfluxDb.Host) == UriHostNameType.Unknown)
            Error("$.influxdb.host", $"'{config.InfluxDb.Host}' is no host; write a name or an IP address, without scheme and port.");
        if (Uri.CheckHostName(config.Grafana.Host) == UriHostNameType.Unknown)
            Error("$.grafana.host", $"'{config.Grafana.Host}' is no host; write a name or an IP address, without scheme and port.");
        if (!Uri.TryCreate(config.Urls.ZmqLocalhost, UriKind.Absolute, out var zmq) || zmq.Host.Length == 0)
            Error("$.urls.zmq_localhost", $"'{config.Urls.ZmqLocalhost}' is no address; write it as tcp://localhost.");
    }

    private void Keys()
    {
        if (config.System.CurveKeys is { } folder && !Directory.Exists(folder))
            Error("$.system.curve_keys", $"There is no folder {folder}; make keys with 'nbpy keys create --out {folder}'.");
    }

    private void Policies()
    {
        var defaults = config.InfluxDb.RetentionPolicies.Where(p => p.Default).ToList();
        if (config.InfluxDb.RetentionPolicies.Count > 0 && defaults.Count != 1)
            Error(
                "$.influxdb.retention_policies",
                defaults.Count == 0
                    ? "No policy has \"default\": true; give it to the one that measurements without a retention_policy go to."
                    : $"{string.Join(" and ", defaults.Select(p => $"'{p.Name}'"))} both have \"default\": true; leave it to one.");
    }

    private void Measurements()
    {
        var policies = config.InfluxDb.RetentionPolicies.Select(p => p.Name).ToList();
        foreach (var (name, measurement) in config.InfluxDb.Measurements)
        {
            var path = $"$.influxdb.measurements.{name}";
            if (measurement.Fields.Count == 0)
                Error(path + ".fields", $"'{name}' has no fields; a point needs at least one.");
            foreach (var both in measurement.Fields.Intersect(measurement.Tags))
                Error(path + ".fields", $"'{both}' is a field and a tag; keep it in one of the two.");
            if (measurement.RetentionPolicy is { } policy && !policies.Contains(policy))
                Error(path + ".retention_policy", $"There is no retention policy '{policy}'{Nearest.Hint(policy, policies)}.");
        }
    }

    private void Downsampling()
    {
        if (!config.Downsampling.Enabled)
            return;
        var policies = config.InfluxDb.RetentionPolicies.Select(p => p.Name).ToList();
        if (!policies.Contains(config.Downsampling.RetentionPolicy))
            Error("$.downsampling.retention_policy", $"There is no retention policy '{config.Downsampling.RetentionPolicy}'{Nearest.Hint(config.Downsampling.RetentionPolicy, policies)}.");
        foreach (var (name, fields) in config.Downsampling.Measurements)
        {
            var path = $"$.downsampling.measurements.{name}";
            if (!config.InfluxDb.Measurements.TryGetValue(name, out var measurement))
                Error(path, $"There is no measurement '{name}' under influxdb.measurements{Nearest.Hint(name, config.InfluxDb.Measurements.Keys)}.");
            else if (fields.Count == 0)
                Error(path, $"'{name}' names no fields; name the numeric ones to downsample.");
            else if (fields.Except(measurement.Fields).FirstOrDefault() is { } other)
                Error(path, $"'{other}' is no field of '{name}'{Nearest.Hint(other, measurement.Fields)}.");
        }
    }

    private void Names()
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var fixedName in (string[])["influxdb", "influxdb-setup", "grafana", "grafana-setup", "validation"])
            seen[fixedName] = "a part of the system";
        var all = config.Publishers.SelectMany((p, i) => Instances(p.Name, p).Select(name => (Name: name, Path: $"$.publishers[{i}]")))
            .Concat(config.Subscribers.SelectMany((s, i) => Instances(s.Name, config.EnabledPublishers.FirstOrDefault(p => p.Topic == s.SubscribeTo))
                .Select(name => (Name: name, Path: $"$.subscribers[{i}]"))));
        foreach (var (name, path) in all.Where(a => a.Name.Length > 0))
        {
            var resource = name.Replace('_', '-');
            if (!char.IsAsciiLetter(resource[0]) || resource.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-') || resource.Length > 63)
                Error(path + ".name", $"'{name}' is no name; use letters, digits, - and _, a letter first, at most 63.");
            if (!seen.TryAdd(resource, path))
                Error(path + ".name", $"'{name}' is the name of {seen[resource]} already; choose another.");
        }
    }

    private void Ports()
    {
        var seen = new Dictionary<int, string> { [config.InfluxDb.Port] = "$.influxdb.port" };
        if (!seen.TryAdd(config.Grafana.Port, "$.docker.services.grafana.port"))
            Error("$.docker.services.grafana.port", $"Port {config.Grafana.Port} is $.influxdb.port already; choose another.");
        var sockets = config.Publishers.SelectMany((p, i) => p is not { Enabled: true, Port: > 0 } ? [] : Sockets(p, $"$.publishers[{i}]")).ToList();
        foreach (var (name, path, port, _) in sockets)
            if (port > IPEndPoint.MaxPort)
                Error(path + ".port", $"Port {port}, of '{name}', is above {IPEndPoint.MaxPort}; choose another.");
            else if (!seen.TryAdd(port, path + ".port"))
                Error(path + ".port", $"Port {port} is {seen[port]} already; choose another.");
        foreach (var (name, path, _, port) in sockets)
            if (port > IPEndPoint.MaxPort)
                Error(path + ".replay_port", $"Port {port}, for the replay socket of '{name}', is above {IPEndPoint.MaxPort}; choose one with replay_port.");
            else if (port > 0 && !seen.TryAdd(port, path + ".replay_port"))
                Error(path + ".replay_port", $"Port {port}, for the replay socket of '{name}', is {seen[port]} already; choose another with replay_port.");
    }

    /// <summary>The sockets of a publisher, or of its shards, and where the file says so.</summary>
    private static IEnumerable<(string Name, string Path, int Port, int ReplayPort)> Sockets(PublisherConfig publisher, string path) => publisher.Shards.Count == 0
        ? [(publisher.Name, path, publisher.Port, publisher.EffectiveReplayPort)]
        : publisher.Shards.Select((s, i) => (Shards.NameOf(publisher.Name, i), $"{path}.shards[{i}]", Shards.PortOf(publisher, i),
            (publisher with { Port = Shards.PortOf(publisher, i), ReplayPort = s.ReplayPort }).EffectiveReplayPort));

    /// <summary>The names of the processes that an entry comes to.</summary>
    private static IEnumerable<string> Instances(string name, PublisherConfig? publisher) =>
        publisher is { Shards.Count: > 0 } && name.Length > 0 ? publisher.Shards.Select((_, i) => Shards.NameOf(name, i)) : [name];

    private void ShardsOf(PublisherConfig publisher, string path)
    {
        var input = config.EnabledPublishers.FirstOrDefault(p => p.Topic == publisher.FilterOf && p != publisher);
        if (publisher.Shards.Count == 0)
        {
            if (input is { Shards.Count: > 0 })
                Error(path + ".shards", $"'{publisher.Name}' filters {input.Topic}, which has {input.Shards.Count} shards; give it as many: \"shards\": [{string.Join(", ", input.Shards.Select(_ => "{}"))}].");
            return;
        }

        if (publisher.Shards.Count is < 2 or > Shards.Most)
            Error(path + ".shards", $"{publisher.Shards.Count} shards; write 2 to {Shards.Most}, or none.");
        if (publisher.FilterOf is not null)
        {
            if (input is not null && input.Shards.Count != publisher.Shards.Count)
                Error(path + ".shards", $"'{publisher.Name}' has {publisher.Shards.Count} shards and filters {input.Topic}, which has {input.Shards.Count}; give it as many.");
            return;
        }

        if (publisher.Project is null && publisher.Class.Length > 0 && !Shards.Classes.Contains(publisher.Class))
            Error(path + ".shards", $"A {publisher.Class} has one stream an account, which cannot be spread; shards are for {string.Join(", ", Shards.Classes)}.");
        if (publisher.Instruments.Count > 0)
            Error(path + ".instruments", "The publisher has shards: give each of them its instruments, and the publisher none.");
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < publisher.Shards.Count; i++)
        {
            if (publisher.Shards[i].Instruments.Count == 0)
                Error($"{path}.shards[{i}].instruments", "A shard needs instruments: those that it publishes, and no other does.");
            foreach (var instrument in publisher.Shards[i].Instruments)
                if (!seen.TryAdd(instrument, i))
                    Error($"{path}.shards[{i}].instruments", $"'{instrument}' is in shards[{seen[instrument]}] already; in two it would be stored twice.");
        }
    }

    private void Publisher(PublisherConfig publisher, string path)
    {
        if (publisher.Project is null && publisher.Class.Length > 0 && !KnownClasses.Publishers.Contains(publisher.Class))
            Error(path + ".class", $"There is no publisher '{publisher.Class}'{Nearest.Hint(publisher.Class, KnownClasses.Publishers)}. A publisher of your own names its 'project'.");
        if (publisher.Project is { } project && !File.Exists(project))
            Error(path + ".project", $"There is no project file {project}.");
        if (publisher.Enabled && config.EnabledPublishers.FirstOrDefault(p => p.Topic == publisher.Topic && p.Topic.Length > 0) is { } first && first != publisher)
            Error(path + ".topic", $"'{first.Name}' publishes {publisher.Topic} already. One topic over several processes is one publisher with shards.");
        ShardsOf(publisher, path);
        foreach (var (option, message) in publisher.Enabled ? OptionChecks.Of(publisher) : [])
            Error($"{path}.options.{option}", message);
        if (publisher is { Enabled: true, FilterOf: { } input } && config.EnabledPublishers.All(p => p.Topic != input || p == publisher))
            Error(path + ".options", $"The filter reads '{input}' (options.subscribe_to), which no enabled publisher publishes{Nearest.Hint(input, Topics())}.");
    }

    private void Subscriber(SubscriberConfig subscriber, string path)
    {
        if (subscriber.Project is null && subscriber.Class.Length > 0 && !KnownClasses.IsInfluxDbSubscriber(subscriber.Class))
            Error(path + ".class", $"There is no subscriber '{subscriber.Class}'; use InfluxDBSubscriber or a name that ends in ToInfluxDBSubscriber. A subscriber of your own names its 'project'.");
        if (subscriber.Project is { } project && !File.Exists(project))
            Error(path + ".project", $"There is no project file {project}.");
        if (subscriber.Measurement.Length > 0 && !config.InfluxDb.Measurements.ContainsKey(subscriber.Measurement))
            Error(path + ".influxdb_measurement", $"There is no measurement '{subscriber.Measurement}' under influxdb.measurements{Nearest.Hint(subscriber.Measurement, config.InfluxDb.Measurements.Keys)}.");
        if (!subscriber.Enabled || subscriber.SubscribeTo.Length == 0)
            return;
        var publisher = config.EnabledPublishers.FirstOrDefault(p => p.Topic == subscriber.SubscribeTo);
        if (publisher is null)
            Error(path + ".subscribe_to", $"No enabled publisher publishes '{subscriber.SubscribeTo}'{Nearest.Hint(subscriber.SubscribeTo, Topics())}.");
        else if (publisher.Shards.Count == 0 && subscriber.PublisherPort > 0 && publisher.Port > 0 && subscriber.PublisherPort != publisher.Port && subscriber.PublisherHost is "localhost" or "127.0.0.1")
            Error(path + ".publisher_port", $"'{publisher.Name}' publishes {publisher.Topic} on {publisher.Port}, not on {subscriber.PublisherPort}; use that port.");
    }

    /// <summary>Notes an error at a path, with the line of the nearest value that the file has. What could not be read already has its error.</summary>
    private void Error(string path, string message)
    {
        if (errors.All(e => e.JsonPath != path))
            errors.Add(new ConfigurationError(path, LineOf(path), message));
    }

    private int LineOf(string path)
    {
        var node = root;
        foreach (var step in path.Split('.', '[').Skip(1))
        {
            // A name may hold such brackets too: then it is a member's.
            var next = step.EndsWith(']') && int.TryParse(step[..^1], System.Globalization.CultureInfo.InvariantCulture, out var index)
                ? node.Items.ElementAtOrDefault(index)
                : node.Members.GetValueOrDefault(step);
            if (next is null)
                break;
            node = next;
        }

        return node.Line;
    }
}
