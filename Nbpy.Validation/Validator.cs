using System.Net.Sockets;
using Nbpy.Influx;
using Nbpy.Messaging;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Validation;

/// <summary>Proves that every topic streams and that what was sent is stored; says why where it is not so.</summary>
public sealed class Validator(IntegrationConfig config, TimeProvider time)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs <c>zmq</c>, <c>influxdb</c> or <c>full</c>.</summary>
    /// <param name="what">Which.</param>
    /// <param name="window">How long to listen, and how far back to count points.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ValidationReport> RunAsync(string what, TimeSpan window, CancellationToken cancellationToken)
    {
        IReadOnlyList<TopicFinding>? topics = null;
        Dictionary<string, TopicProbe> probes = [];
        if (what is "zmq" or "full")
        {
            probes = Probes();
            topics = await ListenAsync(probes, window, cancellationToken).ConfigureAwait(false);
        }

        IReadOnlyList<MeasurementFinding>? measurements = null;
        if (what is "influxdb" or "full" && config.Validation.InfluxDbCheck)
        {
            using var client = new InfluxClient(new InfluxOptions
            {
                Url = new Uri(config.InfluxDb.Url), Database = config.InfluxDb.Database, Username = config.InfluxDb.Reader.Username, Password = config.InfluxDb.Reader.Password,
            });
            measurements = await Task.WhenAll(config.EnabledSubscribers.GroupBy(s => s.Measurement)
                .Select(s => CheckAsync(client, [.. s], [.. s.Select(one => probes.GetValueOrDefault(one.Publisher ?? "")).OfType<TopicProbe>().Distinct()], window, cancellationToken))).ConfigureAwait(false);
        }

        List<string> warnings = [];
        if (topics is [])
            warnings.Add("no publisher is enabled: no topic was looked at");
        if (measurements is [])
            warnings.Add("no subscriber is enabled: nothing was looked for in the store");
        if (what == "full" && !config.Validation.InfluxDbCheck)
            warnings.Add("validation.influxdb_check is off: the store was not looked at");
        if (what == "full" && config.Validation.GrafanaCheck)
            warnings.AddRange(await DashboardCheck.RunAsync(config, cancellationToken).ConfigureAwait(false));
        return new ValidationReport(topics, measurements, warnings);
    }

    private Dictionary<string, TopicProbe> Probes()
    {
        var host = new Uri(config.Urls.ZmqLocalhost).Host;
        var wanted = config.Validation.ZmqTopics.Count > 0 ? config.Validation.ZmqTopics : [.. config.EnabledPublishers.Select(p => p.Topic)];
        var curve = CurveKeys.Of(
            config.System.CurveKeys, CurveKeys.OfSubscribers, m => new ConfigurationException(config.Path, [new ConfigurationError("$.system.curve_keys", 0, m)]));
        return config.EnabledPublishers.Where(p => wanted.Contains(p.Topic)).ToDictionary(
            publisher => publisher.Name,
            publisher =>
            {
                return new TopicProbe(new SubscriberOptions
                {
                    Topic = publisher.Topic, Host = publisher.Host == "localhost" ? host : publisher.Host, Port = publisher.Port, Curve = curve, DrainQuiet = TimeSpan.FromMilliseconds(1), ReplayPort = 0,
                });
            });
    }

    private async Task<IReadOnlyList<TopicFinding>> ListenAsync(Dictionary<string, TopicProbe> probes, TimeSpan window, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = Task.WhenAll(probes.Values.Select(p => p.RunAsync(stop.Token)));
        await Task.Delay(window, time, cancellationToken).ConfigureAwait(false);
        var end = TimeProvider.System.GetTimestamp();
        await stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        return await Task.WhenAll(probes.Select(async p => new TopicFinding(
            config.EnabledPublishers.First(e => e.Name == p.Key) is { IsShard: true } shard ? $"{shard.Topic} ({shard.Name})" : p.Value.Options.Topic, p.Value.Seen.Messages, Rate(p.Value, end), await ProblemAsync(p.Value, window, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false);
    }

    /// <summary>Messages a second since the first one came: connecting does not count.</summary>
    private static double Rate(TopicProbe probe, long end) =>
        probe.Seen.Messages < 2 ? 0 : (probe.Seen.Messages - 1) / Math.Max(0.001, TimeProvider.System.GetElapsedTime(probe.FirstArrival, end).TotalSeconds);

    private async Task<string?> ProblemAsync(TopicProbe probe, TimeSpan window, CancellationToken cancellationToken)
    {
        var seen = probe.Seen;
        var counters = probe.Counters;
        if (seen.Messages == 0 && counters.Malformed == 0)
        {
            var (host, port) = (probe.Options.Host, probe.Options.Port);
            return await CanConnectAsync(host, port, cancellationToken).ConfigureAwait(false)
                ? $"connected to tcp://{host}:{port}, but it was silent on this topic for {window.TotalSeconds:0.#} s; look at the publisher's log"
                : $"its publisher is not reachable at tcp://{host}:{port}; is it running?";
        }

        if (counters.Malformed > 0)
            return $"{counters.Malformed} payloads are not what the message contract says";
        if (seen.BadKey is { } key)
            return $"messages lack '{key}', or it is of the wrong type (docs/message-contract.md)";
        if (seen.Gap is { } gap)
            return $"messages are missing: _seq {gap.From} to {gap.To} of epoch {gap.Epoch}";
        return seen.Messages < config.Validation.MinMessagesPerTopic
            ? $"{seen.Messages} messages in {window.TotalSeconds:0.#} s; at least {config.Validation.MinMessagesPerTopic} are expected"
            : null;
    }

    private static async Task<bool> CanConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            await client.ConnectAsync(host, port, limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Counts points until there are enough or the configured time is over: writing is not instant.</summary>
    /// <remarks>Shards of a topic, and topics that share a measurement, are counted together: between the first and the last message that any of
    /// their probes saw there are at least as many points as they saw messages.</remarks>
    private async Task<MeasurementFinding> CheckAsync(
        InfluxClient client, IReadOnlyList<SubscriberConfig> subscribers, IReadOnlyList<TopicProbe> probes, TimeSpan window, CancellationToken cancellationToken)
    {
        var subscriber = subscribers[0];
        var measurement = config.InfluxDb.Measurements[subscriber.Measurement];
        var where = RetentionManager.FullName(
            config.InfluxDb.Database, measurement.RetentionPolicy ?? config.InfluxDb.RetentionPolicies.FirstOrDefault(p => p.Default)?.Name, measurement.Name);
        var seen = probes.Select(p => p.Seen).Where(s => s.Messages > 0).ToList();
        var sent = seen.Count > 0 ? seen.Sum(s => s.Messages) : (long?)null;
        var range = sent is null
            ? $"time > now() - {(long)Math.Ceiling(window.TotalSeconds)}s"
            : $"time >= {seen.Min(s => s.FirstNs)} AND time <= {seen.Max(s => s.LastNs)}";
        var wanted = Math.Max(config.Validation.MinPointsPerMeasurement, sent ?? 0);
        var start = time.GetTimestamp();
        var limit = TimeSpan.FromSeconds(config.Validation.InfluxDbTimeout);
        while (true)
        {
            var (points, error) = await CountAsync(client, where, range, wanted, cancellationToken).ConfigureAwait(false);
            if (points >= wanted)
                return new MeasurementFinding(measurement.Name, where, points, sent, null);
            if (time.GetElapsedTime(start) > limit)
                return new MeasurementFinding(measurement.Name, where, points, sent, error ?? Shortfall(subscriber, where, points, sent, wanted));
            await Task.Delay(Poll, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Shortfall(SubscriberConfig subscriber, string where, long points, long? sent, long wanted) => sent switch
    {
        null => $"{points} points in {where} in the window; at least {wanted} are expected; look at the log of {subscriber.Name}",
        { } n when points == 0 => $"{n} messages were sent, but no points are in {where}; look at the log of {subscriber.Name}",
        { } n => $"{n} messages were sent, but only {points} points are in {where}: {n - points} are missing; look at the log of {subscriber.Name}",
    };

    /// <summary>Points of a range. <c>count(*)</c> counts fields, and a point may lack some; only when the fullest field is short are the
    /// points themselves counted.</summary>
    private static async Task<(long Points, string? Error)> CountAsync(InfluxClient client, string where, string range, long wanted, CancellationToken cancellationToken)
    {
        try
        {
            var counts = await client.QueryAsync($"SELECT count(*) FROM {where} WHERE {range}", cancellationToken).ConfigureAwait(false);
            var points = counts.Series.Count == 0 ? 0 : counts.Series[0].Rows[0].Skip(1).Max(v => v.GetInt64());
            if (points == 0 || points >= wanted || wanted > 100_000)
                return (points, null);
            var rows = await client.QueryAsync($"SELECT * FROM {where} WHERE {range} LIMIT {wanted}", cancellationToken).ConfigureAwait(false);
            return (rows.Series.Sum(s => s.Rows.Count), null);
        }
        catch (InfluxException e)
        {
            return (0, $"the store does not answer: {e.Message}");
        }
    }
}
