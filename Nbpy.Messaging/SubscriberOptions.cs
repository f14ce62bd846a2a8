namespace Nbpy.Messaging;

/// <summary>What a subscriber listens to and what it does at its bounds.</summary>
public sealed record SubscriberOptions
{
    /// <summary>The topic; a message whose frame 0 is not exactly this is not for us.</summary>
    public required string Topic { get; init; }

    /// <summary>Host of the publisher.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>Port of the publisher.</summary>
    public required int Port { get; init; }

    /// <summary>Keys of the publisher's sockets; null where it sends in the clear.</summary>
    public CurveKeys? Curve { get; init; }

    /// <summary>Port of the publisher's replay socket; null: <see cref="PortConfig.ReplayPort"/> of the port; 0: gaps are not repaired.</summary>
    public int? ReplayPort { get; init; }

    /// <summary>How long a publisher that served its ring and is silent now is waited for before what is missing counts as lost: it may be
    /// restarting. ZeroMQ holds what comes meanwhile.</summary>
    public TimeSpan RepairPatience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where to go on: the epoch and the last message that is done with; null starts with the oldest that the publisher's ring holds.</summary>
    public (ulong Epoch, ulong Sequence)? Checkpoint { get; init; }

    /// <summary>Messages that ZeroMQ queues for this subscriber. Beyond it the publisher drops, and the gap is counted.</summary>
    public int HighWaterMark { get; init; } = 10_000;

    /// <summary>On stop: receiving goes on until nothing has come for this long.</summary>
    public TimeSpan DrainQuiet { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>On stop: receiving ends after this long, quiet or not.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest payload that is read, in bytes. ZeroMQ ends the connection that announces a larger one and makes it anew; what was
    /// missed so is fetched from the publisher's ring.</summary>
    public int MaxPayloadBytes { get; init; } = MessageReader.MaxPayloadBytes;
}
