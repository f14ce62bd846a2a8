namespace Nbpy.Messaging;

/// <summary>How a publisher binds and what it does at its bounds.</summary>
public sealed record PublisherOptions
{
    /// <summary>TCP port of the PUB socket; 0 lets the system choose (see <see cref="BasePublisher.BoundPort"/>).</summary>
    public required int Port { get; init; }

    /// <summary>Interface to bind. Loopback unless opened.</summary>
    public string BindHost { get; init; } = "127.0.0.1";

    /// <summary>Keys of the sockets; null sends in the clear.</summary>
    public CurveKeys? Curve { get; init; }

    /// <summary>Messages that ZeroMQ queues per subscriber. At the mark ZeroMQ drops for that subscriber; the subscriber
    /// sees the gap in <c>_seq</c>.</summary>
    public int HighWaterMark { get; init; } = 10_000;

    /// <summary>Messages waiting for the socket's thread. When full, publishing waits: nothing is dropped here.</summary>
    public int QueueCapacity { get; init; } = 10_000;

    /// <summary>TCP port of the replay socket (see <see cref="ReplayRing"/>); null: <see cref="PortConfig.ReplayPort"/> of the port, or
    /// the system's choice where that is the system's choice too.</summary>
    public int? ReplayPort { get; init; }

    /// <summary>Most messages of a topic that are kept for whoever missed them; 0 keeps none and serves none.</summary>
    public int RingMessages { get; init; } = 50_000;

    /// <summary>Most bytes of a topic that are kept. The oldest go first; what a subscriber then misses is a named loss there.</summary>
    public int RingBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Folder of the rings' files, so that a killed publisher's last messages are served by its next run; null: memory only.</summary>
    public string? RingDirectory { get; init; }

    /// <summary>Topics whose rings are opened, and served, as soon as the port is bound; of another topic at its first message.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>Which run of the whole system this is; counters of a restarted publisher go on within one.</summary>
    public string Run { get; init; } = "";

    /// <summary>Value of <c>source</c>: <c>live</c>, <c>replay</c> or <c>simulated</c>.</summary>
    public string Source { get; init; } = "live";

    /// <summary>Subscriptions to wait for before the first message goes out, so that a start loses nothing.</summary>
    public int ExpectedSubscribers { get; init; }

    /// <summary>How long to wait for them; then publishing starts all the same.</summary>
    public TimeSpan SubscriberWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long closing waits, at most, for the messages that ZeroMQ still holds to leave; meanwhile the ring is served. What a slow
    /// subscriber has not taken by then it fetches from the ring on the publisher's next start.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(3);
}
