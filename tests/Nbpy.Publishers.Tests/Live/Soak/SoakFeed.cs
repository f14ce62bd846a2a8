using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>A live feed in real time against a venue that breaks at random, and what the venue knows to be true.</summary>
internal abstract class SoakFeed(string name, int seed) : IAsyncDisposable
{
    /// <summary>Every timing of a feed in the soak, as a part of the real one.</summary>
    public const double TimingScale = 0.3;

    public string Name => name;

    /// <summary>The feed, in its publisher, as a subscriber hears it.</summary>
    public FeedRun Run { get; private set; } = null!;

    /// <summary>Connections that the venue took.</summary>
    public int Accepted { get; protected set; }

    /// <summary>What the venue did wrong, and how often.</summary>
    public Dictionary<string, int> Faults { get; } = new(StringComparer.Ordinal);

    /// <summary>How long a connection lasts on average.</summary>
    public TimeSpan Connection { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>False lets the venue be well from now on.</summary>
    public volatile bool Breaking;

    /// <summary>True lets the market stand still; heartbeats go on.</summary>
    public volatile bool Quiet;

    protected Random Random { get; } = new(seed);

    /// <summary>Starts venue and feed.</summary>
    public async Task StartAsync() => Run = FeedRun.Published(await CreateAsync());

    protected abstract Task<LiveSource> CreateAsync();

    /// <summary>Serves connections until told to end.</summary>
    public abstract Task ServeAsync(CancellationToken end);

    /// <summary>True once the feed has said all that the venue knows.</summary>
    public abstract bool IsSettled(IReadOnlyList<MarketMessage> messages);

    /// <summary>What the feed has not said yet, for people.</summary>
    public virtual string Unsettled(IReadOnlyList<MarketMessage> messages) => "";

    /// <summary>Fails when a message was stale, doubled, or not of the venue.</summary>
    public abstract void Verify(IReadOnlyList<MarketMessage> messages);

    public abstract ValueTask DisposeAsync();

    protected static PublisherConfig Config(string publisherClass, string[] instruments, string url, string restUrl, params (string Name, string Value)[] more)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal) { ["url"] = url, ["rest_url"] = restUrl, ["timing_scale"] = "0.3" };
        foreach (var (key, value) in more)
            options[key] = value;
        return new PublisherConfig { Name = publisherClass, Class = publisherClass, Port = 1, Topic = "t", Instruments = instruments, Options = options };
    }

    /// <summary>True once in a while; more often the shorter connections are to be.</summary>
    protected bool Happens(string fault, double oneIn)
    {
        if (!Breaking || Random.NextDouble() * oneIn >= 1)
            return false;
        Faults[fault] = Faults.GetValueOrDefault(fault) + 1;
        return true;
    }

    /// <summary>True for what ends a writer's work when the other side has gone.</summary>
    protected static bool IsGone(Exception e) =>
        e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException
            or System.Net.WebSockets.WebSocketException or System.Threading.Channels.ChannelClosedException;
}
