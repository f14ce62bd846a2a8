using System.Net.Sockets;
using System.Threading.Channels;
using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.Subscriptions;

/// <summary>Batches that wait for one subscription's destinations, sent one after the other.</summary>
internal sealed class SubscriptionQueue : IAsyncDisposable
{
    /// <summary>Batches that wait at most, as InfluxDB's <c>write-buffer-size</c>.</summary>
    public const int MaxBatches = 1000;

    /// <summary>Bytes that wait at most: InfluxDB has no such limit.</summary>
    public const long MaxBytes = 64 << 20;

    private readonly Channel<Batch> _batches = Channel.CreateBounded<Batch>(new BoundedChannelOptions(MaxBatches) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly SendCounts _totals;
    private readonly bool _any;
    private readonly Task _sending;
    private long _bytes;
    private int _next;

    public SubscriptionQueue(Subscription subscription, HttpClient http, SendCounts totals)
    {
        (Subscription, _totals, _any) = (subscription, totals, subscription.Mode == "ANY");
        Destinations = [.. subscription.Destinations.Select(d => new Destination(d, http))];
        _sending = Task.Run(RunAsync);
    }

    public Subscription Subscription { get; }

    public IReadOnlyList<Destination> Destinations { get; }

    /// <summary>Takes the batch, or drops it where too many wait.</summary>
    public void Add(Batch batch)
    {
        if (Interlocked.Add(ref _bytes, batch.Lines.Length) <= MaxBytes && _batches.Writer.TryWrite(batch))
            return;
        Interlocked.Add(ref _bytes, -batch.Lines.Length);
        _totals.Failed();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (var batch in _batches.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
        {
            Interlocked.Add(ref _bytes, -batch.Lines.Length);
            await SendAsync(batch).ConfigureAwait(false);
        }
    }

    // ANY ends with the first that takes it. As in InfluxDB, one that did not makes a failure of the whole all the same.
    private async Task SendAsync(Batch batch)
    {
        var failed = false;
        for (var i = 0; i < Destinations.Count; i++)
        {
            var destination = Destinations[_next];
            _next = (_next + 1) % Destinations.Count;
            try
            {
                await destination.SendAsync(batch, _stop.Token).ConfigureAwait(false);
                destination.Counts.Wrote(batch.Points);
                if (_any)
                    break;
            }
            catch (Exception e) when (e is HttpRequestException or SocketException || (e is OperationCanceledException && !_stop.IsCancellationRequested))
            {
                destination.Counts.Failed();
                failed = true;
            }
        }

        if (failed)
            _totals.Failed();
        else
            _totals.Wrote(batch.Points);
    }
}
