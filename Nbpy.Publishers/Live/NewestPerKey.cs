using System.Threading.Channels;
using Nbpy.Messaging;

namespace Nbpy.Publishers.Live;

/// <summary>The way into a bounded queue for messages of which only the newest per key counts: while the queue is full, one
/// message per key waits beside it, and a newer one takes its place. Order within a key is kept. Thread-safe.</summary>
/// <remarks>Dropping the queue's oldest instead would starve a quiet pair behind a busy one.</remarks>
/// <param name="queue">Where messages go.</param>
/// <param name="replaced">Told of every message that a newer one replaced.</param>
internal sealed class NewestPerKey(ChannelWriter<MarketMessage> queue, Action replaced)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, MarketMessage> waiting = new(StringComparer.Ordinal);
    private bool draining;

    public void Write(string key, MarketMessage message)
    {
        lock (gate)
        {
            if (waiting.Count == 0 && queue.TryWrite(message))
                return;
            if (!waiting.TryAdd(key, message))
            {
                waiting[key] = message;
                replaced();
            }

            if (draining)
                return;
            draining = true;
        }

        // Ends when all has gone, or when the queue is completed: its writer is, at the end of every feed.
        _ = DrainAsync();
    }

    private async Task DrainAsync()
    {
        try
        {
            while (await queue.WaitToWriteAsync().ConfigureAwait(false))
            {
                if (Drain())
                    return;
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The queue was completed with the error of the feed, which its reader is told; nothing is to be written any more.
        }
    }

    private bool Drain()
    {
        lock (gate)
        {
            while (waiting.Count > 0)
            {
                var (key, message) = waiting.First();
                if (!queue.TryWrite(message))
                    return false;
                waiting.Remove(key);
            }

            draining = false;
            return true;
        }
    }
}
