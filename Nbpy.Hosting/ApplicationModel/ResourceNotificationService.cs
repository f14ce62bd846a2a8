using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting.ApplicationModel;

/// <summary>The state of every resource, and every change of it.</summary>
public sealed class ResourceNotificationService
{
    private const int WatcherCapacity = 10_000;
    private readonly Lock gate = new();
    private readonly Dictionary<string, ResourceEvent> current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> watchers = [];

    /// <summary>Replaces a resource's snapshot, of every instance when it has replicas, and tells every watcher.</summary>
    public async Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        foreach (var id in ResourceInstances.IdsOf(resource))
            await PublishUpdateAsync(resource, id, stateFactory).ConfigureAwait(false);
    }

    /// <summary>Replaces the snapshot of one instance and tells every watcher.</summary>
    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        lock (gate)
        {
            var before = current.TryGetValue(resourceId, out var known)
                ? known.Snapshot
                : new CustomResourceSnapshot { ResourceType = resource.GetType().Name.Replace("Resource", "", StringComparison.Ordinal), Properties = [] };
            var change = new ResourceEvent(resource, resourceId, stateFactory(before));
            current[resourceId] = change;
            foreach (var watcher in watchers)
                watcher.Writer.TryWrite(change);
        }

        return Task.CompletedTask;
    }

    /// <summary>The last event of an instance; by its resource's name, of the first of them.</summary>
    public bool TryGetCurrentState(string resourceId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (gate)
            return current.TryGetValue(resourceId, out resourceEvent)
                || (resourceEvent = current.Values.FirstOrDefault(e => IsOf(e, resourceId))) is not null;
    }

    internal bool IsKnown(string resourceId)
    {
        lock (gate)
            return current.ContainsKey(resourceId);
    }

    internal CustomResourceSnapshot? SnapshotOf(string resourceId)
    {
        lock (gate)
            return current.GetValueOrDefault(resourceId)?.Snapshot;
    }

    /// <summary>Every resource's present state, then every change. A watcher that falls 10,000 changes behind loses the oldest.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateBounded<ResourceEvent>(new BoundedChannelOptions(WatcherCapacity) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (gate)
        {
            foreach (var known in current.Values)
                channel.Writer.TryWrite(known);
            watchers.Add(channel);
        }

        try
        {
            await foreach (var change in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return change;
        }
        finally
        {
            lock (gate)
                watchers.Remove(channel);
        }
    }

    /// <summary>Waits until a resource is in a state.</summary>
    public async Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        await WaitForResourceAsync(resourceName, e => e.Snapshot.State?.Text == (targetState ?? KnownResourceStates.Running), cancellationToken).ConfigureAwait(false);

    /// <summary>Waits until a resource's event is what is wanted.</summary>
    public async Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var change in WatchAsync(cancellationToken).ConfigureAwait(false))
            if (IsOf(change, resourceName) && predicate(change))
                return change;
        throw new OperationCanceledException(cancellationToken);
    }

    /// <summary>Waits until a resource runs, is healthy, and its ready event has been dealt with; with replicas, one of them.</summary>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, e => e.Snapshot.HealthStatus == HealthStatus.Healthy && e.Snapshot.IsReady, cancellationToken);

    private static bool IsOf(ResourceEvent known, string nameOrId) =>
        string.Equals(known.Resource.Name, nameOrId, StringComparison.OrdinalIgnoreCase) || string.Equals(known.ResourceId, nameOrId, StringComparison.OrdinalIgnoreCase);
}
