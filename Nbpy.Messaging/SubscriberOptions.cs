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

    /// <summary>Where to go on: the epoch and the last message that is done with; nulls start with the publisher's present epoch.</summary>
    public (ulong Epoch, ulong Sequence)? Checkpoint { get; init; }

    /// <summary>Messages that ZeroMQ queues for this subscriber. Beyond it the publisher drops, and the gap is counted.</summary>
    public int HighWaterMark { get; init; } = 10_000;

    /// <summary>On stop: receiving goes on until nothing has come for this long.</summary>
    public TimeSpan DrainQuiet { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>On stop: receiving ends after this long, quiet or not.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest payload that is read, in bytes; a larger one is counted as malformed.</summary>
    public int MaxPayloadBytes { get; init; } = 4 * 1024 * 1024;
}
