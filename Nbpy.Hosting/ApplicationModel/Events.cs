namespace Nbpy.Hosting.ApplicationModel;

/// <summary>Something that happened in the application.</summary>
public interface IDistributedApplicationEvent;

/// <summary>Something that happened to one resource.</summary>
public interface IDistributedApplicationResourceEvent : IDistributedApplicationEvent
{
    /// <summary>Which.</summary>
    IResource Resource { get; }
}

/// <summary>Before anything starts.</summary>
public sealed record BeforeStartEvent(IServiceProvider Services, DistributedApplicationModel Model) : IDistributedApplicationEvent;

/// <summary>Every resource has been handed to its runner.</summary>
public sealed record AfterResourcesCreatedEvent(IServiceProvider Services, DistributedApplicationModel Model) : IDistributedApplicationEvent;

/// <summary>A resource is to begin its life. The host itself starts projects, executables and containers; any other kind of resource is brought to
/// life by who subscribes to this.</summary>
public sealed record InitializeResourceEvent(
    IResource Resource, IDistributedApplicationEventing Eventing, ResourceLoggerService Logger, ResourceNotificationService Notifications, IServiceProvider Services)
    : IDistributedApplicationResourceEvent;

/// <summary>A resource's ports are known.</summary>
public sealed record ResourceEndpointsAllocatedEvent(IResource Resource, IServiceProvider Services) : IDistributedApplicationResourceEvent;

/// <summary>A resource's waits are over; it is about to start.</summary>
public sealed record BeforeResourceStartedEvent(IResource Resource, IServiceProvider Services) : IDistributedApplicationResourceEvent;

/// <summary>A resource runs and is healthy, for the first time since it was started.</summary>
public sealed record ResourceReadyEvent(IResource Resource, IServiceProvider Services) : IDistributedApplicationResourceEvent;

/// <summary>A resource has ended.</summary>
public sealed record ResourceStoppedEvent(IResource Resource, IServiceProvider Services, ResourceEvent ResourceEvent) : IDistributedApplicationResourceEvent;

/// <summary>A subscription, to be given back.</summary>
public sealed class DistributedApplicationEventSubscription(Delegate callback)
{
    internal Delegate Callback { get; } = callback;
}

/// <summary>Subscribes to and publishes events. Callbacks run one after the other, in the order of subscription.</summary>
public interface IDistributedApplicationEventing
{
    /// <summary>Subscribes to every event of a type.</summary>
    DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent;

    /// <summary>Subscribes to the events of one resource.</summary>
    DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationResourceEvent;

    /// <summary>Ends a subscription.</summary>
    void Unsubscribe(DistributedApplicationEventSubscription subscription);

    /// <summary>Calls every subscriber.</summary>
    Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent;
}
