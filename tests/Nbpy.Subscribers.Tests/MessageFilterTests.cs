using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.Subscribers.Filtering;

namespace Nbpy.Subscribers.Tests;

public sealed class MessageFilterTests
{
    [Fact]
    public void Only_listed_symbols_pass()
    {
        var filter = new MessageFilter(new FilterRules { Symbols = new HashSet<string> { "BTC/USD" } });
        Assert.True(filter.Passes(Tick("BTC/USD", 100, 0)));
        Assert.False(filter.Passes(Tick("ETH/USD", 100, 0)));
    }

    [Fact]
    public void A_change_is_measured_from_the_last_message_let_through()
    {
        var filter = new MessageFilter(new FilterRules { MinChangeBps = 10 });
        Assert.True(filter.Passes(Tick("BTC/USD", 100, 1)));
        Assert.False(filter.Passes(Tick("BTC/USD", 100.06, 2)));
        Assert.True(filter.Passes(Tick("BTC/USD", 100.12, 3)));
        Assert.False(filter.Passes(Tick("BTC/USD", 100.06, 4)));
        Assert.True(filter.Passes(Tick("ETH/USD", 100.06, 4)));
    }

    [Fact]
    public void Within_the_interval_nothing_more_passes()
    {
        var filter = new MessageFilter(new FilterRules { MinInterval = TimeSpan.FromMilliseconds(100) });
        Assert.True(filter.Passes(Tick("BTC/USD", 100, 1_000_000_000)));
        Assert.False(filter.Passes(Tick("BTC/USD", 200, 1_099_999_999)));
        Assert.True(filter.Passes(Tick("BTC/USD", 200, 1_100_000_000)));
    }

    [Fact]
    public void A_wrong_option_is_named_with_the_mend()
    {
        var config = new PublisherConfig
        {
            Name = "data_filter", Class = KnownClasses.DataFilter, Port = 5570, Topic = "kraken_tick_filtered",
            Options = new Dictionary<string, string> { ["min_change_bps"] = "a lot" },
        };
        Assert.Contains("options.min_change_bps", Assert.Throws<ServiceStartException>(() => FilterRules.Parse(config)).Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, object?> Tick(string pair, double mid, long timestampNs) =>
        new() { ["pair"] = pair, ["bid"] = mid - 0.5, ["ask"] = mid + 0.5, ["timestamp"] = timestampNs };
}
