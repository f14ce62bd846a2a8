using System.Globalization;
using System.Text;
using Nbpy.Influx;
using Nbpy.Messaging;

namespace Nbpy.Subscribers;

/// <summary>Writes every lost range as a point of <c>nbpy_gaps</c> (tags topic, subscriber, reason; fields epoch, from, to, count), so
/// that a hole in the data is in the data. Made when the first is lost; most runs lose nothing.</summary>
/// <param name="client">The store.</param>
/// <param name="topic">The topic.</param>
/// <param name="subscriber">Who noticed.</param>
/// <param name="options">Where what cannot be written goes.</param>
/// <param name="time">The points' time: when the loss was noticed.</param>
public sealed class GapRecorder(InfluxClient client, string topic, string subscriber, BatchWriterOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private BatchWriter? writer;
    private long lost;
    private long count;

    /// <summary>Messages lost.</summary>
    public long Lost => Interlocked.Read(ref lost);

    /// <summary>Ranges lost.</summary>
    public long Count => Interlocked.Read(ref count);

    /// <summary>Notes messages that are neither here nor in the publisher's ring.</summary>
    public void Write(SequenceGap gap)
    {
        Interlocked.Add(ref lost, (long)gap.Count);
        Write("not_in_ring", gap.Epoch, gap.From, gap.To);
    }

    /// <summary>Notes messages that the spool lost; the writer counts them.</summary>
    public void Write(MessageRange range) => Write("spool", range.Epoch, range.First, range.Last);

    /// <summary>Waits for the points to be stored or held.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        lock (gate)
            return writer?.FlushAsync(cancellationToken) ?? Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (writer is not null)
            await writer.DisposeAsync().ConfigureAwait(false);
    }

    private void Write(string reason, ulong epoch, ulong from, ulong to)
    {
        // Two ranges noticed in one instant are two points.
        var at = UnixTime.NowNs(time) + (Interlocked.Increment(ref count) % 100);
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"nbpy_gaps,topic={Escape(topic)},subscriber={Escape(subscriber)},reason={reason} epoch={(long)epoch}i,from={(long)from}i,to={(long)to}i,count={(long)(to - from + 1)}i {at}");
        lock (gate)
        {
            writer ??= new BatchWriter(client, options, time);
            writer.TryAdd(Encoding.UTF8.GetBytes(line));
        }
    }

    private static string Escape(string tag) => tag.Replace(" ", "\\ ", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal);
}
