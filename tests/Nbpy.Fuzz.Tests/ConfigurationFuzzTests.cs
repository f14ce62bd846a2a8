using System.Text;
using Nbpy.Publishers.Betfair.Live;
using Nbpy.Publishers.Kraken.Live;
using Nbpy.Publishers.Oanda.Live;
using Nbpy.Publishers.Twitter.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Fuzz.Tests;

/// <summary>The configuration file.</summary>
public sealed class ConfigurationFuzzTests
{
    private static readonly Dictionary<string, string?> NoOverrides = [];

    [Fact]
    public async Task A_file_is_loaded_or_refused_with_its_mistakes_and_so_are_its_feeds_options()
    {
        using var file = new TemporaryFile("");
        await RunAsync(file.Path);
    }

    private static Task RunAsync(string path) => Fuzzer.RunAsync(
        "configuration",
        input =>
        {
            File.WriteAllBytes(path, input);
            try
            {
                var config = ConfigurationLoader.Load(path, NoOverrides);
                foreach (var publisher in config.Publishers.Where(p => p.Class != KnownClasses.DataFilter))
                    Missing(publisher);
            }
            catch (ConfigurationException e)
            {
                Assert.NotEmpty(e.Errors);
            }
        },
        [Encoding.UTF8.GetBytes(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "integration_config.json")))],
        "\"", "{", "}", "[", "]", ":", ",", "\n", "//", "/*", "*/", "\ufeff", "\"options\": {\"url\": \"wss://a\"}", "\"shards\": 3", "\"port\": 70000", "\"enabled\": 7",
        "\"class\": \"GenericWebSocketPublisher\"", "\"class\": \"OandaTickPublisher\"", "\"options\": {\"depth\": \"7\"}", "\"publishers\": []", "1d", "99999999999999w");

    // What a start would say of the feeds.
    private static void Missing(PublisherConfig publisher)
    {
        try
        {
            KnownClasses.MissingCredentials(publisher);
            _ = publisher.Class switch
            {
                KnownClasses.KrakenTick or KnownClasses.KrakenDepth or KnownClasses.KrakenOrders => new KrakenLiveOptions(publisher),
                KnownClasses.OandaTick or KnownClasses.OandaOrders => new OandaLiveOptions(publisher),
                KnownClasses.BetfairStream => new BetfairLiveOptions(publisher),
                KnownClasses.TwitterSentiment => (object)new TwitterLiveOptions(publisher),
                _ => publisher,
            };
        }
        catch (ServiceStartException)
        {
            // An option means nothing: said by its name.
        }
    }
}
