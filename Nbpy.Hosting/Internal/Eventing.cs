using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

internal sealed class Eventing : IDistributedApplicationEventing
{
    private readonly Lock gate = new();
    private readonly Dictionary<Type, List<DistributedApplicationEventSubscription>> subscriptions = [];

    public DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent
    {
        var subscription = new DistributedApplicationEventSubscription(callback);
        lock (gate)
        {
            if (!subscriptions.TryGetValue(typeof(T), out var list))
                subscriptions[typeof(T)] = list = [];
            list.Add(subscription);
        }

        return subscription;
    }

    public DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationResourceEvent =>
        Subscribe<T>((e, ct) => e.Resource == resource ? callback(e, ct) : Task.CompletedTask);

    public void Unsubscribe(DistributedApplicationEventSubscription subscription)
    {
        lock (gate)
            foreach (var list in subscriptions.Values)
                list.Remove(subscription);
    }

    public async Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent
    {
        List<DistributedApplicationEventSubscription> list;
        lock (gate)
            list = subscriptions.TryGetValue(typeof(T), out var found) ? [.. found] : [];
        foreach (var subscription in list)
            await ((Func<T, CancellationToken, Task>)subscription.Callback)(@event, cancellationToken).ConfigureAwait(false);
    }
}
