namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>The whole of <c>integration_config.json</c>: immutable, validated, with defaults filled in and the
/// environment's overrides applied. Relative paths are already resolved against the file's folder.</summary>
public sealed record IntegrationConfig
{
    /// <summary>Absolute path of the file this was read from.</summary>
    public required string Path { get; init; }

    public SystemConfig System { get; init; } = new();
    public DockerConfig Docker { get; init; } = new();
    public InfluxDbConfig InfluxDb { get; init; } = new();
    public GrafanaConfig Grafana { get; init; } = new();
    public IReadOnlyList<PublisherConfig> Publishers { get; init; } = [];
    public IReadOnlyList<SubscriberConfig> Subscribers { get; init; } = [];
    public ValidationConfig Validation { get; init; } = new();
    public UrlsConfig Urls { get; init; } = new();
    public GracefulShutdownConfig GracefulShutdown { get; init; } = new();

    /// <summary>New here: what is kept of ticks in the long term.</summary>
    public DownsamplingConfig Downsampling { get; init; } = new();

    /// <summary>New here: restarts, for every service that says nothing of its own.</summary>
    public SupervisionConfig Supervision { get; init; } = new();

    /// <summary>What the file holds that has no effect here (for example <c>module</c>, the start-up phases); to be said once.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The publishers that are switched on.</summary>
    public IEnumerable<PublisherConfig> EnabledPublishers => Publishers.Where(p => p.Enabled);

    /// <summary>The subscribers that are switched on.</summary>
    public IEnumerable<SubscriberConfig> EnabledSubscribers => Subscribers.Where(s => s.Enabled);
}

/// <summary><c>system</c>: names and folders. Folders are absolute after loading.</summary>
public sealed record SystemConfig
{
    public string Name { get; init; } = "NBPY";
    public string Version { get; init; } = "2.0";
    public string Localhost { get; init; } = "localhost";
    public string LogDir { get; init; } = "./logs";
    public string PidDir { get; init; } = "./.pids";
    public string SocketDir { get; init; } = "/tmp/nbpy";

    /// <summary>New here: the embedded store's files, dead letters and run-time state. Default <c>./data</c>.</summary>
    public string DataDir { get; init; } = "./data";

    /// <summary>New here: ZeroMQ high-water mark of every socket, in messages. Default 10,000.</summary>
    public int HighWaterMark { get; init; } = 10_000;

    /// <summary>New here: the address that sockets and pages are bound to (<c>NBPY_BIND_HOST</c>). Default 127.0.0.1: nothing is reachable from
    /// outside the machine; <c>0.0.0.0</c> opens all.</summary>
    public string BindHost { get; init; } = "127.0.0.1";

    /// <summary>New here: who reaches <see cref="BindHost"/> is trusted, as on a private network (<c>NBPY_TRUSTED_NETWORK</c>): ZeroMQ has no
    /// password of its own.</summary>
    public bool TrustedNetwork { get; init; }

    /// <summary>Folder of the ZeroMQ sockets' keys (CURVE); null sends in the clear.</summary>
    public string? CurveKeys { get; init; }

    /// <summary>A container's runtime has mounted <see cref="CurveKeys"/>, with a mode that says nothing (<c>NBPY_CURVE_KEYS_MOUNTED</c>).</summary>
    public bool AreCurveKeysMounted { get; init; }
}

/// <summary><c>docker</c>: the containers, used where a container runtime is chosen.</summary>
public sealed record DockerConfig
{
    public string ComposeFile { get; init; } = "./docker-compose.yml";
    public ContainerConfig InfluxDb { get; init; } = new() { ContainerName = "nbpy-influxdb", Image = "influxdb:1.8", Port = 8086 };
    public ContainerConfig Grafana { get; init; } = new() { ContainerName = "nbpy-grafana", Image = "grafana/grafana:11.6.0", Port = 3000 };
}

/// <summary>One entry of <c>docker.services</c>.</summary>
public sealed record ContainerConfig
{
    public required string ContainerName { get; init; }
    public required string Image { get; init; }
    public required int Port { get; init; }

    /// <summary>How long what waits for it bears that it runs without getting healthy, seconds; then those fail, and start once it is healthy.</summary>
    public int WaitTimeout { get; init; } = 30;
    public string AdminUser { get; init; } = "admin";
    public string AdminPassword { get; init; } = "admin123";
}

/// <summary>Which store or viewer runs: <c>auto</c>, the embedded part, a container, or one that somebody else runs.</summary>
public enum PartMode
{
    Auto,
    Embedded,
    Container,
    External,
}

/// <summary><c>influxdb</c>: address, names, policies and measurements.</summary>
public sealed record InfluxDbConfig
{
    public PartMode Mode { get; init; } = PartMode.Auto;

    /// <summary>New here: its own supervision; null: the system's.</summary>
    public SupervisionConfig? Supervision { get; init; }
    public string Host { get; init; } = "localhost";
    public int Port { get; init; } = 8086;
    public string Database { get; init; } = "tick";
    public string Username { get; init; } = "zmq";
    public string Password { get; init; } = "zmq";
    public string AdminUsername { get; init; } = "admin";
    public string AdminPassword { get; init; } = "admin123";

    /// <summary>New here: who reads (dashboards, validation, exports). Without a reader's password the one account reads and writes.</summary>
    public string ReaderUsername { get; init; } = "nbpy_reader";

    /// <summary><c>INFLUXDB_READER_PASSWORD</c>; null: <see cref="Username"/> reads too.</summary>
    public string? ReaderPassword { get; init; }

    /// <summary>Most points in one write request (<c>INFLUXDB_BATCH_SIZE</c>). Default 5,000.</summary>
    public int BatchSize { get; init; } = 5_000;

    /// <summary><c>INFLUXDB_WRITE_CONSISTENCY</c>: any, one, quorum or all; null leaves it to the server.</summary>
    public string? WriteConsistency { get; init; }

    /// <summary>New here: whether large writes are sent compressed. Null: where the store is not on this machine's loopback.</summary>
    public bool? Gzip { get; init; }

    /// <summary>What <see cref="Gzip"/> comes to.</summary>
    public bool CompressesWrites => Gzip ?? !new Uri(Url).IsLoopback;

    /// <summary>New here: where batches wait while the store is away.</summary>
    public SpoolConfig Spool { get; init; } = new();
    public IReadOnlyList<RetentionPolicyConfig> RetentionPolicies { get; init; } = [];
    public IReadOnlyDictionary<string, MeasurementConfig> Measurements { get; init; } = new Dictionary<string, MeasurementConfig>();

    /// <summary><c>http://host:port</c> of the store.</summary>
    public string Url => $"http://{Host}:{Port}";

    /// <summary>True: the admin's password is none of those that everybody knows, so the store asks for it.</summary>
    public bool HasOwnPassword => !DefaultPasswords.Contains(AdminPassword);

    /// <summary>The account that reads: name and password.</summary>
    public (string Username, string Password) Reader => ReaderPassword is { } password ? (ReaderUsername, password) : (Username, Password);
}

/// <summary><c>downsampling</c> (new here): continuous queries that keep open, high, low and close of ticks.</summary>
public sealed record DownsamplingConfig
{
    public bool Enabled { get; init; } = true;

    /// <summary>Length of a bar, InfluxDB's spelling. Default <c>1m</c>.</summary>
    public string Interval { get; init; } = "1m";

    /// <summary>Where bars are kept. Default <c>long_term</c>.</summary>
    public string RetentionPolicy { get; init; } = "long_term";

    /// <summary>Measurements and their numeric fields; default: every measurement with <c>bid</c> and <c>ask</c>, all its fields.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Measurements { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}

/// <summary>What a subscriber's spool does when it is full.</summary>
public enum SpoolFull
{
    /// <summary>Takes nothing more: the subscriber waits, and the publisher's ring holds what it can.</summary>
    Block,

    /// <summary>Drops its oldest segment, counted and named.</summary>
    DropOldest,
}

/// <summary><c>influxdb.spool</c> (new here): each subscriber's spool on disk, in <c>system.data_dir</c>.</summary>
public sealed record SpoolConfig
{
    /// <summary>Off: batches wait in memory while the store is away.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Most bytes on disk of one subscriber. Default 1 GiB.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>What happens then.</summary>
    public SpoolFull WhenFull { get; init; }
}

/// <summary>A retention policy. Durations in InfluxDB's spelling (<c>30d</c>, <c>6h</c>, <c>INF</c>).</summary>
public sealed record RetentionPolicyConfig
{
    public required string Name { get; init; }
    public required string Duration { get; init; }
    public int Replication { get; init; } = 1;
    public string? ShardDuration { get; init; }
    public bool Default { get; init; }
}

/// <summary>A measurement: which keys of the message become fields, which become tags, and where it is kept.</summary>
public sealed record MeasurementConfig
{
    public required string Name { get; init; }
    public required IReadOnlyList<string> Fields { get; init; }
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>Name of the policy; null is the database's default policy.</summary>
    public string? RetentionPolicy { get; init; }
}

/// <summary>Where a publisher's messages come from.</summary>
public enum SourceKind
{
    Simulated,
    Replay,
    Live,
    Auto,
}

/// <summary>One entry of <c>publishers</c>.</summary>
public sealed record PublisherConfig
{
    public required string Name { get; init; }

    /// <summary>A built-in class (see <see cref="KnownClasses"/>), or any name when <see cref="Project"/> is set.</summary>
    public required string Class { get; init; }
    public required int Port { get; init; }
    public required string Topic { get; init; }

    /// <summary>Where its sockets are reached (<c>services__NAME__zmq__0</c>, as an application host sets it). Default: this machine.</summary>
    public string Host { get; init; } = "localhost";
    public bool Enabled { get; init; } = true;
    public string Description { get; init; } = "";

    /// <summary>New here: a .NET project of the user's own that is this publisher (absolute path after loading).</summary>
    public string? Project { get; init; }

    /// <summary>New here: null leaves the choice to the host's <c>--source</c>.</summary>
    public SourceKind? Source { get; init; }

    /// <summary>New here: pairs, instruments, markets or rules; empty takes the class's defaults.</summary>
    public IReadOnlyList<string> Instruments { get; init; } = [];

    /// <summary>New here: messages a second of a simulated source; null takes the class's default.</summary>
    public double? Rate { get; init; }

    /// <summary>New here: this publisher's own supervision; null: the system's.</summary>
    public SupervisionConfig? Supervision { get; init; }

    /// <summary>New here: port of the replay socket; null: 1,000 above <see cref="Port"/>.</summary>
    public int? ReplayPort { get; init; }

    /// <summary>New here: messages kept for whoever missed them. 0 keeps none.</summary>
    public int RingMessages { get; init; } = 50_000;

    /// <summary>New here: bytes kept for whoever missed them.</summary>
    public int RingBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>New here: the topic is published by several processes, each with its own instruments and ports. Empty after loading:
    /// <see cref="Configuration.Shards"/> has made a publisher of each.</summary>
    public IReadOnlyList<ShardConfig> Shards { get; init; } = [];

    /// <summary>True: one of several publishers of its topic.</summary>
    public bool IsShard { get; init; }

    /// <summary>After loading, of a data filter: the name of the publisher that it reads.</summary>
    public string? Input { get; init; }

    /// <summary>The replay socket's port; 0 where nothing is kept.</summary>
    public int EffectiveReplayPort => RingMessages == 0 ? 0 : ReplayPort ?? (Port + 1000 <= 65535 ? Port + 1000 : Port - 1000);

    /// <summary>New here: the class's own options, flattened: a nested value is kept as its JSON text.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>New here: what a <see cref="KnownClasses.GenericWebSocket"/> does with its messages (its <c>options</c>); null for every
    /// other class.</summary>
    public WebSocketFeedConfig? WebSocketFeed { get; init; }

    /// <summary>The topic that a data filter reads (<c>options.subscribe_to</c>); null for a source.</summary>
    public string? FilterOf => Class == KnownClasses.DataFilter ? Options.GetValueOrDefault("subscribe_to", "kraken_tick") : null;
}

/// <summary>One entry of a publisher's <c>shards</c>.</summary>
public sealed record ShardConfig
{
    /// <summary>Port of its PUB socket; null: the publisher's own port for the first shard, the next one for the second, and so on.</summary>
    public int? Port { get; init; }

    /// <summary>Port of its replay socket; null: 1,000 above its port.</summary>
    public int? ReplayPort { get; init; }

    /// <summary>What this one publishes, and no other.</summary>
    public IReadOnlyList<string> Instruments { get; init; } = [];
}

/// <summary>One entry of <c>subscribers</c>.</summary>
public sealed record SubscriberConfig
{
    public required string Name { get; init; }
    public required string Class { get; init; }

    /// <summary>The original's port of the subscriber; not bound here (a SUB socket connects), kept for status.</summary>
    public int? Port { get; init; }
    public required string SubscribeTo { get; init; }
    public string PublisherHost { get; init; } = "localhost";
    public required int PublisherPort { get; init; }
    public required string Measurement { get; init; }

    /// <summary>After loading: the name of the publisher that it reads; null where no enabled one publishes its topic.</summary>
    public string? Publisher { get; init; }

    /// <summary>New here: this subscriber's own supervision; null: the system's.</summary>
    public SupervisionConfig? Supervision { get; init; }
    public bool Enabled { get; init; } = true;
    public string Description { get; init; } = "";
    public string? Project { get; init; }
}

/// <summary><c>validation</c>: what the validator expects. Times in seconds.</summary>
public sealed record ValidationConfig
{
    /// <summary>Topics to listen to; empty means every enabled publisher's topic.</summary>
    public IReadOnlyList<string> ZmqTopics { get; init; } = [];
    public double MessageTimeout { get; init; } = 10;
    public int MinMessagesPerTopic { get; init; } = 1;
    public bool InfluxDbCheck { get; init; } = true;
    public int MinPointsPerMeasurement { get; init; } = 1;
    public double InfluxDbTimeout { get; init; } = 30;
    public bool GrafanaCheck { get; init; } = true;
    public IReadOnlyList<string> ExpectedDashboards { get; init; } = [];
}

/// <summary><c>urls</c>: where people and tools reach the parts.</summary>
public sealed record UrlsConfig
{
    public string InfluxDbApi { get; init; } = "http://localhost:8086";
    public string GrafanaUi { get; init; } = "http://localhost:3000";
    public string GrafanaApi { get; init; } = "http://localhost:3000/api";
    public string ZmqLocalhost { get; init; } = "tcp://localhost";
}

/// <summary><c>grafana</c> (new here): mode; address and account come from <c>docker.services.grafana</c>.</summary>
public sealed record GrafanaConfig
{
    public PartMode Mode { get; init; } = PartMode.Auto;

    /// <summary>New here: its own supervision; null: the system's.</summary>
    public SupervisionConfig? Supervision { get; init; }
    public string Host { get; init; } = "localhost";
    public int Port { get; init; } = 3000;
    public string AdminUser { get; init; } = "admin";
    public string AdminPassword { get; init; } = "admin123";

    /// <summary>True: everybody knows the password; it counts as none.</summary>
    public bool HasDefaultPassword => DefaultPasswords.Contains(AdminPassword);

    /// <summary><c>http://host:port</c>.</summary>
    public string Url => $"http://{Host}:{Port}";
}

/// <summary><c>graceful_shutdown</c>.</summary>
public sealed record GracefulShutdownConfig
{
    public int TimeoutSeconds { get; init; } = 30;
    public IReadOnlyList<string> StopSequence { get; init; } = [];
}
