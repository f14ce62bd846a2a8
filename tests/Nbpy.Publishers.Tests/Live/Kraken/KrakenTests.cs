using Nbpy.Publishers.Kraken.Live;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Kraken;

/// <summary>What the tests of Kraken's live feeds share.</summary>
public abstract class KrakenTests : IAsyncLifetime
{
    private protected const string Key = "test-api-key-0123456789";

    // Base64 of a made-up secret.
    private protected const string Secret = "bWFkZS11cC1zZWNyZXQtZm9yLXRlc3Rz";

    private protected ManualClock Clock { get; } = new();
    private protected KrakenEmulator Venue { get; private set; } = null!;
    private protected LogLines Log { get; } = new();

    public async ValueTask InitializeAsync() => Venue = await KrakenEmulator.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Venue.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected PublisherConfig Config(string publisherClass, string[] pairs, params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["url"] = Venue.Url, ["rest_url"] = Venue.RestUrl };
        foreach (var (name, value) in options)
            all[name] = value;
        return new PublisherConfig
        {
            Name = "kraken", Class = publisherClass, Port = 5558, Topic = "kraken", Instruments = pairs, Options = all,
        };
    }

    private protected LiveSource Source(PublisherConfig config) => KrakenLiveFeeds.Create(
        config, Clock, Log, variable => variable switch { "KRAKEN_API_KEY" => Key, "KRAKEN_API_SECRET" => Secret, _ => null });
}
