using Nbpy.Messaging;

namespace Nbpy.Validation;

/// <summary>Listens to one topic, checks every message against the contract, and remembers the times under which they are stored.</summary>
public sealed class TopicProbe(SubscriberOptions options) : BaseSubscriber(options)
{
    private readonly Lock gate = new();
    private long messages;
    private long first = long.MaxValue;
    private long last = long.MinValue;
    private long firstArrival;
    private string? badKey;
    private SequenceGap? gap;

    /// <summary>What has been seen so far: messages, the first and last stored time, and what is wrong with them.</summary>
    public (long Messages, long FirstNs, long LastNs, string? BadKey, SequenceGap? Gap) Seen
    {
        get
        {
            lock (gate)
                return (messages, first, last, badKey, gap);
        }
    }

    /// <summary>When the first message came, by the system clock's timestamp; 0 before it.</summary>
    public long FirstArrival => Interlocked.Read(ref firstArrival);

    /// <inheritdoc/>
    protected override int ProcessPayload(ReadOnlyMemory<byte> payload)
    {
        var maps = MessageReader.Read(payload);
        lock (gate)
            foreach (var map in maps)
                Add(map);
        return maps.Count;
    }

    private void Add(IReadOnlyDictionary<string, object?> message)
    {
        if (messages++ == 0)
            firstArrival = TimeProvider.System.GetTimestamp();
        if (message.GetValueOrDefault(MessageKeys.Timestamp) is not long timestamp)
            badKey ??= MessageKeys.Timestamp;
        else if (Whole(message, MessageKeys.Sequence) is not { } sequence)
            badKey ??= MessageKeys.Sequence;
        else if (Whole(message, MessageKeys.Epoch) is not { } epoch)
            badKey ??= MessageKeys.Epoch;
        else if (message.GetValueOrDefault(MessageKeys.Sent) is not long)
            badKey ??= MessageKeys.Sent;
        else if (message.GetValueOrDefault(MessageKeys.Source) is not ("live" or "replay" or "simulated"))
            badKey ??= MessageKeys.Source;
        else
        {
            gap ??= Sequence.Observe(epoch, sequence);
            var stored = StoredTime.Of(timestamp, Whole(message, MessageKeys.Origin) ?? sequence);
            first = Math.Min(first, stored);
            last = Math.Max(last, stored);
        }
    }

    private static ulong? Whole(IReadOnlyDictionary<string, object?> message, string key) => message.GetValueOrDefault(key) switch
    {
        ulong v => v,
        long v and >= 0 => (ulong)v,
        _ => null,
    };
}
