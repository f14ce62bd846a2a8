namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>Questions about who listens to whom.</summary>
public static class Topology
{
    /// <summary>Subscriptions that the enabled parts of the system hold on a topic.</summary>
    public static int SubscriptionsTo(this IntegrationConfig config, string topic) =>
        config.SubscribersOf(topic).Count() + config.FiltersOf(topic).Count();

    /// <summary>Enabled subscribers of a topic.</summary>
    public static IEnumerable<SubscriberConfig> SubscribersOf(this IntegrationConfig config, string topic) =>
        config.EnabledSubscribers.Where(s => s.SubscribeTo == topic);

    /// <summary>Enabled data filters that read a topic.</summary>
    public static IEnumerable<PublisherConfig> FiltersOf(this IntegrationConfig config, string topic) =>
        config.EnabledPublishers.Where(p => p.FilterOf == topic);
}
