namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>Questions about who listens to whom.</summary>
public static class Topology
{
    /// <summary>Subscriptions that the enabled parts of the system hold on a publisher.</summary>
    public static int SubscriptionsTo(this IntegrationConfig config, PublisherConfig publisher) =>
        config.SubscribersOf(publisher).Count() + config.FiltersOf(publisher).Count();

    /// <summary>Enabled subscribers of a publisher.</summary>
    public static IEnumerable<SubscriberConfig> SubscribersOf(this IntegrationConfig config, PublisherConfig publisher) =>
        config.EnabledSubscribers.Where(s => s.Publisher == publisher.Name);

    /// <summary>Enabled data filters that read a publisher.</summary>
    public static IEnumerable<PublisherConfig> FiltersOf(this IntegrationConfig config, PublisherConfig publisher) =>
        config.EnabledPublishers.Where(p => p.Input == publisher.Name);

    /// <summary>The publisher that a subscriber reads; null where its topic has none.</summary>
    public static PublisherConfig? PublisherOf(this IntegrationConfig config, SubscriberConfig subscriber) =>
        config.EnabledPublishers.FirstOrDefault(p => p.Name == subscriber.Publisher);

    /// <summary>Where a publisher keeps its ring on disk. Publishers of one topic have a folder each.</summary>
    public static string RingDirectory(this IntegrationConfig config, PublisherConfig publisher)
    {
        var rings = Path.Combine(config.System.DataDir, "rings");
        return publisher.IsShard ? Path.Combine(rings, publisher.Name) : rings;
    }
}
