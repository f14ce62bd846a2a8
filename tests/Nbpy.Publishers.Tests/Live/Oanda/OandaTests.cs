using System.Globalization;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Oanda.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Oanda;

/// <summary>What the tests of OANDA's live feeds share.</summary>
public abstract class OandaTests : IAsyncLifetime
{
    private protected ManualClock Clock { get; } = new();
    private protected OandaEmulator Venue { get; private set; } = null!;
    private protected LogLines Log { get; } = new();

    public async ValueTask InitializeAsync() => Venue = await OandaEmulator.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Venue.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected PublisherConfig Config(string publisherClass, string[] instruments, params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["url"] = Venue.Url, ["rest_url"] = Venue.Url };
        foreach (var (name, value) in options)
            all[name] = value;
        return new PublisherConfig
        {
            Name = "oanda", Class = publisherClass, Port = 5562, Topic = "oanda", Instruments = instruments, Options = all,
        };
    }

    private protected LiveSource Source(PublisherConfig config, string token = OandaEmulator.Token, string account = OandaEmulator.Account) =>
        OandaLiveFeeds.Create(config, Clock, Log, variable => variable switch { "OANDA_TOKEN" => token, "OANDA_ACCOUNT_ID" => account, _ => null });

    private protected FeedRun Ticks(params string[] instruments) =>
        new(Source(Config(KnownClasses.OandaTick, instruments.Length == 0 ? ["EUR_USD"] : instruments)));

    /// <summary>Orders of a publisher that keeps how far it has come.</summary>
    private protected FeedRun Orders(string stateFolder, SemaphoreSlim? gate = null, string account = OandaEmulator.Account) => new(
        OandaLiveFeeds.Create(
            Config(KnownClasses.OandaOrders, []), Clock, Log,
            variable => variable switch { "OANDA_TOKEN" => OandaEmulator.Token, "OANDA_ACCOUNT_ID" => account, _ => null }, stateFolder),
        gate);

    private protected FeedRun Orders() => new(Source(Config(KnownClasses.OandaOrders, [])));

    /// <summary>What a tick's message says in short.</summary>
    private protected static string Tick(MarketMessage message) => string.Create(
        CultureInfo.InvariantCulture, $"{message.Get("instrument")} {message.Get("bid")} {message.Get("ask")}");

    /// <summary>What an order's message says in short.</summary>
    private protected static string Order(MarketMessage message) => string.Create(
        CultureInfo.InvariantCulture, $"{message.Get("order_id")} {message.Get("status")} {message.Get("type")} {message.Get("units")}");
}
