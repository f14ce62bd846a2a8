using System.Text.Json;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>Turns the file's tree into records. The original's keys without effect are accepted and noted once.</summary>
internal sealed class ConfigurationReader(ConfigNode root, string path, List<ConfigurationError> errors)
{
    private readonly SectionReader file = new(root, "$", errors);
    private readonly SortedSet<string> notes = new(StringComparer.Ordinal);
    private readonly string folder = System.IO.Path.GetDirectoryName(path)!;

    public IntegrationConfig Read()
    {
        file.Accept("$schema");
        var supervision = ReadSupervision(file.Section("supervision"), new SupervisionConfig());
        var influxDb = ReadInfluxDb(file.Section("influxdb"), supervision);
        var docker = ReadDocker(file.Section("docker"), influxDb.Port);
        var grafana = ReadGrafana(file.Section("grafana"), docker.Grafana, supervision);
        var config = new IntegrationConfig
        {
            Path = path,
            System = ReadSystem(file.Section("system")),
            Docker = docker,
            InfluxDb = influxDb,
            Grafana = grafana,
            Supervision = supervision,
            Downsampling = ReadDownsampling(file, influxDb),
            Publishers = [.. file.Sections("publishers").Select(s => ReadPublisher(s, supervision))],
            Subscribers = [.. file.Sections("subscribers").Select(s => ReadSubscriber(s, supervision))],
            Validation = ReadValidation(file.Section("validation")),
            Urls = ReadUrls(file.Section("urls"), influxDb, grafana),
            GracefulShutdown = ReadShutdown(file.Section("graceful_shutdown")),
        };
        if (file.Accept("startup_sequence"))
            notes.Add("startup_sequence has no effect: parts start in the order of what they need.");
        file.RefuseOthers();
        return config with { Notes = [.. notes] };
    }

    private SystemConfig ReadSystem(SectionReader s)
    {
        var defaults = new SystemConfig();
        var system = new SystemConfig
        {
            Name = s.Text("name", defaults.Name),
            Version = s.Text("version", defaults.Version),
            Localhost = s.Text("localhost", defaults.Localhost),
            LogDir = Resolve(s.Text("log_dir", defaults.LogDir)),
            PidDir = Resolve(s.Text("pid_dir", defaults.PidDir)),
            SocketDir = Resolve(s.Text("socket_dir", defaults.SocketDir)),
            DataDir = Resolve(s.Text("data_dir", defaults.DataDir)),
            HighWaterMark = s.Integer("high_water_mark", defaults.HighWaterMark, 1, 10_000_000),
            BindHost = s.Text("bind_host", defaults.BindHost),
            TrustedNetwork = s.Flag("trusted_network", defaults.TrustedNetwork),
            CurveKeys = s.TextOrNull("curve_keys") is { Length: > 0 } keys ? Resolve(keys) : null,
        };
        s.RefuseOthers();
        return system;
    }

    private DockerConfig ReadDocker(SectionReader s, int influxPort)
    {
        var defaults = new DockerConfig();
        var services = s.Section("services");
        var docker = new DockerConfig
        {
            ComposeFile = Resolve(s.Text("compose_file", defaults.ComposeFile)),
            InfluxDb = ReadStoreContainer(services.Section("influxdb"), defaults.InfluxDb with { Port = influxPort }),
            Grafana = ReadContainer(services.Section("grafana"), defaults.Grafana),
        };
        services.RefuseOthers();
        s.RefuseOthers();
        return docker;
    }

    /// <summary>Of the store's container, what <c>influxdb</c> says as well counts there alone: everybody who stores or reads looks there.</summary>
    private ContainerConfig ReadStoreContainer(SectionReader s, ContainerConfig defaults)
    {
        if (s.Accept("admin_user", "admin_password"))
            notes.Add("docker.services.influxdb: admin_user and admin_password have no effect: influxdb.admin_username and influxdb.admin_password are the store's administrator.");
        var container = ReadContainer(s, defaults);
        if (container.Port != defaults.Port)
            notes.Add($"docker.services.influxdb.port ({container.Port}) has no effect: the store listens at influxdb.port ({defaults.Port}).");
        return container with { Port = defaults.Port };
    }

    private ContainerConfig ReadContainer(SectionReader s, ContainerConfig defaults)
    {
        if (s.Accept("health_check_url", "datasource_provisioning", "dashboards_provisioning"))
            notes.Add("docker.services: health_check_url and the provisioning paths have no effect: health and provisioning are built in.");
        var container = new ContainerConfig
        {
            ContainerName = s.Text("container_name", defaults.ContainerName),
            Image = s.Text("image", defaults.Image),
            Port = s.Integer("port", defaults.Port, 1, 65535),
            WaitTimeout = s.Integer("wait_timeout", defaults.WaitTimeout, 1, 3600),
            AdminUser = s.Text("admin_user", defaults.AdminUser),
            AdminPassword = s.Text("admin_password", defaults.AdminPassword),
        };
        s.RefuseOthers();
        return container;
    }

    private static InfluxDbConfig ReadInfluxDb(SectionReader s, SupervisionConfig supervision)
    {
        var defaults = new InfluxDbConfig();
        var influx = new InfluxDbConfig
        {
            Mode = s.Choice<PartMode>("mode") ?? PartMode.Auto,
            Host = s.Text("host", defaults.Host),
            Port = s.Integer("port", defaults.Port, 1, 65535),
            Database = s.Text("database", defaults.Database),
            Username = s.Text("username", defaults.Username),
            Password = s.Text("password", defaults.Password),
            AdminUsername = s.Text("admin_username", defaults.AdminUsername),
            AdminPassword = s.Text("admin_password", defaults.AdminPassword),
            ReaderUsername = s.Text("reader_username", defaults.ReaderUsername),
            ReaderPassword = s.TextOrNull("reader_password"),
            BatchSize = s.Integer("batch_size", defaults.BatchSize, 1, 1_000_000),
            Gzip = s.FlagOrNull("gzip"),
            Spool = ReadSpool(s.Section("spool")),
            Supervision = ReadOwnSupervision(s, supervision),
            RetentionPolicies = [.. Named(s.Section("retention_policies")).Select(ReadPolicy)],
            Measurements = Named(s.Section("measurements")).ToDictionary(m => m.Name, ReadMeasurement),
        };
        s.RefuseOthers();
        return influx;
    }

    private static DownsamplingConfig ReadDownsampling(SectionReader file, InfluxDbConfig influx)
    {
        var defaults = new DownsamplingConfig();
        var s = file.Section("downsampling");
        var fields = s.Section("measurements");
        var config = new DownsamplingConfig
        {
            // Without a word of the file it is there where its policy is.
            Enabled = s.Flag("enabled", file.Find("downsampling") is not null || influx.RetentionPolicies.Any(p => p.Name == defaults.RetentionPolicy)),
            Interval = s.Text("interval", defaults.Interval),
            RetentionPolicy = s.Text("retention_policy", defaults.RetentionPolicy),
            Measurements = fields.Members.Any()
                ? fields.Members.Select(m => m.Key).ToList().ToDictionary(name => name, name => fields.Texts(name))
                : influx.Measurements.Values.Where(m => m.Fields.Contains("bid") && m.Fields.Contains("ask")).ToDictionary(m => m.Name, m => m.Fields),
        };
        if (!InfluxDuration.TryParse(config.Interval, out var length) || length < TimeSpan.FromSeconds(1))
            s.Error("interval", $"'{config.Interval}' is no length of a bar; write a duration of a second or more, for example 1m.");
        fields.RefuseOthers();
        s.RefuseOthers();
        return config;
    }

    private static SupervisionConfig ReadSupervision(SectionReader s, SupervisionConfig defaults)
    {
        var supervision = new SupervisionConfig
        {
            Restart = s.Flag("restart", defaults.Restart),
            InitialBackoff = s.Number("initial_backoff", 0.05) ?? defaults.InitialBackoff,
            MaxBackoff = s.Number("max_backoff", 0.05) ?? defaults.MaxBackoff,
            StableAfter = s.Number("stable_after", 0) ?? defaults.StableAfter,
            MaxRestarts = s.Integer("max_restarts", defaults.MaxRestarts, 0, 1_000_000),
            Window = s.Number("window", 1) ?? defaults.Window,
            LivenessTimeout = s.Number("liveness_timeout", 0) ?? defaults.LivenessTimeout,
            StartTimeout = s.Number("start_timeout", 0) ?? defaults.StartTimeout,
            SilenceTimeout = s.Number("silence_timeout", 0) ?? defaults.SilenceTimeout,
        };
        s.RefuseOthers();
        return supervision;
    }

    private static SupervisionConfig? ReadOwnSupervision(SectionReader s, SupervisionConfig defaults) =>
        s.Find("supervision") is null ? null : ReadSupervision(s.Section("supervision"), defaults);

    private static SpoolConfig ReadSpool(SectionReader s)
    {
        var spool = new SpoolConfig
        {
            Enabled = s.Flag("enabled", true),
            MaxBytes = (long)(s.Number("max_bytes", 1 << 20) ?? 1L << 30),
            WhenFull = s.TextOrNull("when_full") == "drop_oldest" ? SpoolFull.DropOldest : s.Choice<SpoolFull>("when_full") ?? SpoolFull.Block,
        };
        s.RefuseOthers();
        return spool;
    }

    private static IEnumerable<(string Name, SectionReader Section)> Named(SectionReader s) =>
        s.Members.Select(m => m.Key).ToList().Select(name => (name, s.Section(name)));

    private static RetentionPolicyConfig ReadPolicy((string Name, SectionReader Section) policy)
    {
        var s = policy.Section;
        var read = new RetentionPolicyConfig
        {
            Name = policy.Name,
            Duration = Duration(s, "duration", s.Required("duration")),
            Replication = s.Integer("replication", 1, 1, 1000),
            ShardDuration = s.TextOrNull("shard_duration") is { } shard ? Duration(s, "shard_duration", shard) : null,
            Default = s.Flag("default", false),
        };
        s.RefuseOthers();
        return read;
    }

    private static string Duration(SectionReader s, string key, string text)
    {
        if (text.Length > 0 && !InfluxDuration.TryParse(text, out var duration))
            s.Error(key, $"'{text}' is not a duration; write it as InfluxDB does: 30d, 6h, 1w or INF.");
        else if (text.Length > 0 && InfluxDuration.TryParse(text, out duration) && duration > TimeSpan.Zero && duration < TimeSpan.FromHours(1))
            s.Error(key, $"'{text}' is less than an hour, InfluxDB's least; write 1h or more.");
        return text;
    }

    private static MeasurementConfig ReadMeasurement((string Name, SectionReader Section) measurement)
    {
        var s = measurement.Section;
        var read = new MeasurementConfig
        {
            Name = measurement.Name,
            Fields = s.Texts("fields"),
            Tags = s.Texts("tags"),
            RetentionPolicy = s.TextOrNull("retention_policy"),
        };
        s.RefuseOthers();
        return read;
    }

    private static GrafanaConfig ReadGrafana(SectionReader s, ContainerConfig container, SupervisionConfig supervision)
    {
        var text = s.TextOrNull("mode");
        PartMode? mode = text == "viewer" ? PartMode.Embedded : s.Choice<PartMode>("mode");
        var own = ReadOwnSupervision(s, supervision);
        s.RefuseOthers();
        return new GrafanaConfig
        {
            Mode = mode ?? PartMode.Auto, Port = container.Port, AdminUser = container.AdminUser, AdminPassword = container.AdminPassword, Supervision = own,
        };
    }

    private PublisherConfig ReadPublisher(SectionReader s, SupervisionConfig supervision)
    {
        NoteModule(s);
        var publisher = new PublisherConfig
        {
            Name = s.Required("name"),
            Class = s.Required("class"),
            Port = s.Integer("port", 0, 1, 65535),
            Topic = s.Required("topic"),
            Enabled = s.Flag("enabled", true),
            Description = s.Text("description", ""),
            Project = s.TextOrNull("project") is { } project ? Resolve(project) : null,
            Source = s.Choice<SourceKind>("source"),
            Instruments = s.Texts("instruments"),
            Rate = s.Number("rate", 0.001),
            Supervision = ReadOwnSupervision(s, supervision),
            ReplayPort = s.IntegerOrNull("replay_port", 1, 65535),
            RingMessages = s.Integer("ring_messages", 50_000, 0, 10_000_000),
            RingBytes = s.Integer("ring_bytes", 8 * 1024 * 1024, 64 * 1024, 1 << 30),
            Shards = [.. s.Sections("shards").Select(ReadShard)],
            Options = ReadOptions(s),
        };
        if (s.Find("port") is null)
            s.Error("port", "'port' is missing; give the TCP port to bind.");
        if (publisher.Class == KnownClasses.GenericWebSocket)
            publisher = publisher with { WebSocketFeed = WebSocketFeedReader.Read(s, publisher) };
        s.RefuseOthers();
        return publisher;
    }

    private static ShardConfig ReadShard(SectionReader s)
    {
        var shard = new ShardConfig { Port = s.IntegerOrNull("port", 1, 65535), ReplayPort = s.IntegerOrNull("replay_port", 1, 65535), Instruments = s.Texts("instruments") };
        s.RefuseOthers();
        return shard;
    }

    private static Dictionary<string, string> ReadOptions(SectionReader s) =>
        s.Section("options").Members.ToDictionary(m => m.Key, m => m.Value.Text, StringComparer.Ordinal);

    private SubscriberConfig ReadSubscriber(SectionReader s, SupervisionConfig supervision)
    {
        NoteModule(s);
        var subscriber = new SubscriberConfig
        {
            Name = s.Required("name"),
            Class = s.Required("class"),
            Port = s.IntegerOrNull("port", 1, 65535),
            SubscribeTo = s.Required("subscribe_to"),
            PublisherHost = s.Text("publisher_host", "localhost"),
            PublisherPort = s.Integer("publisher_port", 0, 1, 65535),
            Measurement = s.Required("influxdb_measurement"),
            Supervision = ReadOwnSupervision(s, supervision),
            Enabled = s.Flag("enabled", true),
            Description = s.Text("description", ""),
            Project = s.TextOrNull("project") is { } project ? Resolve(project) : null,
        };
        if (s.Find("publisher_port") is null)
            s.Error("publisher_port", "'publisher_port' is missing; give the port of the topic's publisher.");
        s.RefuseOthers();
        return subscriber;
    }

    private void NoteModule(SectionReader s)
    {
        if (s.Accept("module"))
            notes.Add("module has no effect: class alone chooses the program.");
    }

    private static ValidationConfig ReadValidation(SectionReader s)
    {
        var defaults = new ValidationConfig();
        var influx = s.Section("influxdb_check");
        var grafana = s.Section("grafana_check");
        var validation = new ValidationConfig
        {
            ZmqTopics = s.Texts("zmq_topics"),
            MessageTimeout = s.Number("message_timeout", 0.1) ?? defaults.MessageTimeout,
            MinMessagesPerTopic = s.Integer("min_messages_per_topic", defaults.MinMessagesPerTopic, 0, int.MaxValue),
            InfluxDbCheck = influx.Flag("enabled", true),
            MinPointsPerMeasurement = influx.Integer("min_points_per_measurement", defaults.MinPointsPerMeasurement, 0, int.MaxValue),
            InfluxDbTimeout = influx.Number("timeout", 0.1) ?? defaults.InfluxDbTimeout,
            GrafanaCheck = grafana.Flag("enabled", true),
            ExpectedDashboards = grafana.Texts("expected_dashboards"),
        };
        influx.RefuseOthers();
        grafana.RefuseOthers();
        s.RefuseOthers();
        return validation;
    }

    private UrlsConfig ReadUrls(SectionReader s, InfluxDbConfig influx, GrafanaConfig grafana)
    {
        var urls = new UrlsConfig
        {
            InfluxDbApi = s.Text("influxdb_api", influx.Url),
            GrafanaUi = s.Text("grafana_ui", $"http://localhost:{grafana.Port}"),
            GrafanaApi = s.Text("grafana_api", $"http://localhost:{grafana.Port}/api"),
            ZmqLocalhost = s.Text("zmq_localhost", "tcp://localhost"),
        };
        s.RefuseOthers();
        if (urls.InfluxDbApi.TrimEnd('/') != influx.Url.TrimEnd('/'))
            notes.Add($"urls.influxdb_api ({urls.InfluxDbApi}) has no effect: influxdb.host and influxdb.port say where the store is ({influx.Url}).");
        return urls with { InfluxDbApi = influx.Url };
    }

    private GracefulShutdownConfig ReadShutdown(SectionReader s)
    {
        if (s.Accept("signal_handlers"))
            notes.Add("graceful_shutdown.signal_handlers has no effect: SIGINT and SIGTERM always stop in order.");
        var shutdown = new GracefulShutdownConfig
        {
            TimeoutSeconds = s.Integer("timeout_seconds", 30, 1, 3600),
            StopSequence = s.Texts("stop_sequence"),
        };
        if (shutdown.StopSequence.Count > 0)
            notes.Add("graceful_shutdown.stop_sequence has no effect: sources stop before sinks, and sinks before the store.");
        s.RefuseOthers();
        return shutdown;
    }

    private string Resolve(string value) => System.IO.Path.GetFullPath(value.Length == 0 ? "." : value, folder);
}
