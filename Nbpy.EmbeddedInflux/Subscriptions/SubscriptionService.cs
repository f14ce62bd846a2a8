using System.Collections.Immutable;
using Nbpy.EmbeddedInflux.Meta;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Subscriptions;

/// <summary>Sends what is written on to those who subscribed. A write never waits for it: what there is no room for is dropped and counted. Thread safe.</summary>
internal sealed class SubscriptionService(MetaStore meta, IStore store, TimeProvider time) : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Lock _gate = new();
    private volatile ImmutableList<Subscription> _known = [];
    private ImmutableList<SubscriptionQueue> _queues = [];

    public SendCounts Totals { get; } = new();

    /// <param name="policy">Null or empty: the database's default.</param>
    /// <param name="unit">Nanoseconds per unit of the written times.</param>
    public void Publish(string database, string? policy, ReadOnlyMemory<byte> lines, long unit)
    {
        var queues = Queues();
        if (queues.IsEmpty)
            return;
        if (string.IsNullOrEmpty(policy))
            policy = store.DatabaseExists(database) ? store.RetentionPolicies(database).FirstOrDefault(p => p.IsDefault)?.Name : null;
        queues = queues.FindAll(q => q.Subscription.Database == database && q.Subscription.Policy == policy);
        if (queues.IsEmpty)
            return;
        var batch = Batch.Of(database, policy!, lines.Span, unit, (time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100);
        if (batch.Points > 0)
            queues.ForEach(q => q.Add(batch));
    }

    /// <summary>Those of the subscriptions that there are now.</summary>
    public ImmutableList<SubscriptionQueue> Queues()
    {
        if (ReferenceEquals(meta.State.Subscriptions, _known))
            return _queues;
        lock (_gate)
        {
            var kept = meta.State.Subscriptions;
            foreach (var gone in _queues.Where(q => !kept.Contains(q.Subscription)))
                _ = gone.DisposeAsync();
            _queues = [.. kept.Select(s => _queues.Find(q => q.Subscription == s) ?? new SubscriptionQueue(s, _http, Totals))];
            _known = kept;
            return _queues;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _queues)
            await queue.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
    }
}
