namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>One topic over several processes: a publisher with <c>shards</c> becomes as many publishers of the same topic, each with its own
/// instruments, ports, sequence and ring; each of the topic's subscribers becomes as many, each reading one of them. No instrument is in two
/// shards, so nothing is stored twice: their points differ in a tag.</summary>
internal static class Shards
{
    /// <summary>Most shards of a topic.</summary>
    public const int Most = 64;

    /// <summary>Classes whose instruments can be spread. The others have one stream an account, which cannot.</summary>
    public static readonly string[] Classes = [KnownClasses.KrakenTick, KnownClasses.KrakenDepth, KnownClasses.OandaTick, KnownClasses.BetfairStream];

    /// <summary>The name of a shard's publisher or subscriber: the first is 1.</summary>
    public static string NameOf(string name, int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}_{index + 1}");

    /// <summary>The port of a shard.</summary>
    public static int PortOf(PublisherConfig publisher, int index) => publisher.Shards[index].Port ?? publisher.Port + index;

    /// <summary>The configuration with a publisher and subscribers for each shard, and everybody told whom it reads.</summary>
    public static IntegrationConfig Expand(IntegrationConfig config)
    {
        var publishers = config.Publishers.SelectMany(p => p.Shards.Count == 0 ? [p] : p.Shards.Select((_, i) => Of(p, i))).ToList();
        return config with
        {
            Publishers = [.. publishers.Select(p => p.FilterOf is { } topic ? p with { Input = Reads(topic, p.IsShard ? IndexOf(config, p) : null) } : p)],
            Subscribers = [.. config.Subscribers.SelectMany(s => SubscribersOf(config, s)).Select(s => s with { Publisher = s.Publisher ?? Reads(s.SubscribeTo, null) })],
        };

        string? Reads(string topic, int? shard)
        {
            var of = publishers.Where(p => p.Enabled && p.Topic == topic).ToList();
            return (shard is { } index && of.Count > index ? of[index] : of.FirstOrDefault())?.Name;
        }
    }

    private static int IndexOf(IntegrationConfig config, PublisherConfig shard)
    {
        var whole = config.Publishers.First(p => p.Shards.Count > 0 && p.Topic == shard.Topic);
        return Enumerable.Range(0, whole.Shards.Count).First(i => NameOf(whole.Name, i) == shard.Name);
    }

    private static IEnumerable<SubscriberConfig> SubscribersOf(IntegrationConfig config, SubscriberConfig subscriber) =>
        config.EnabledPublishers.FirstOrDefault(p => p.Topic == subscriber.SubscribeTo) is { Shards.Count: > 0 } publisher
            ? publisher.Shards.Select((_, i) => subscriber with
            {
                Name = NameOf(subscriber.Name, i), Publisher = NameOf(publisher.Name, i), PublisherPort = PortOf(publisher, i), Port = null,
            })
            : [subscriber];

    private static PublisherConfig Of(PublisherConfig publisher, int index)
    {
        var shard = publisher.Shards[index];
        return publisher with
        {
            Name = NameOf(publisher.Name, index), Port = PortOf(publisher, index), ReplayPort = shard.ReplayPort, Instruments = shard.Instruments, Shards = [], IsShard = true,
        };
    }
}
