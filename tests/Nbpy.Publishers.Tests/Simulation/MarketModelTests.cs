using Nbpy.Publishers.Simulation;
using Nbpy.Publishers.Tests.Replay;

namespace Nbpy.Publishers.Tests.Simulation;

public sealed class MarketModelTests
{
    private const int Steps = 20_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Kraken_ticks_are_quotes_on_the_tick_with_growing_volume(int seed)
    {
        var volumes = new Dictionary<string, double>();
        foreach (var message in new KrakenTickModel(Models.Instruments, new Random(seed)).Steps(Steps).SelectMany(step => step))
        {
            var instrument = Models.Instruments.Single(i => i.Name == message.Name("pair"));
            var (bid, ask, last) = (message.Number("bid"), message.Number("ask"), message.Number("last_trade_price"));
            Assert.True(bid > 0 && bid < ask, $"{bid} {ask}");
            Assert.True(last == bid || last == ask);
            Models.IsWholeTicks(bid, instrument);
            Models.IsWholeTicks(ask, instrument);
            Assert.True(message.Number("volume") >= volumes.GetValueOrDefault(instrument.Name));
            volumes[instrument.Name] = message.Number("volume");
            Assert.InRange(message.Number("vwap"), (double)instrument.Price * 0.8, (double)instrument.Price * 1.25);
        }
        Assert.Equal(Models.Instruments.Count, volumes.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Kraken_books_are_sorted_and_never_crossed(int seed)
    {
        foreach (var book in new KrakenDepthModel([.. Models.Instruments.Take(2)], new Random(seed)).Steps(Steps / 4))
        {
            Assert.Equal(Enumerable.Range(1, 10).Select(level => $"{level}"), book.Select(m => m.Name("level")));
            Assert.Single(book.Select(m => m.Name("pair")).Distinct());
            Assert.True(book[0].Number("bid_price") < book[0].Number("ask_price"));
            foreach (var (better, worse) in book.Zip(book.Skip(1)))
            {
                Assert.True(worse.Number("bid_price") < better.Number("bid_price"));
                Assert.True(worse.Number("ask_price") > better.Number("ask_price"));
            }
            Assert.All(book, m => Assert.True(m.Number("bid_price") > 0 && m.Number("bid_size") > 0 && m.Number("ask_size") > 0));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Oanda_spreads_are_the_difference_of_their_quotes(int seed)
    {
        foreach (var message in new OandaTickModel(Models.Instruments, new Random(seed)).Steps(Steps).SelectMany(step => step))
        {
            Assert.True(message.Number("bid") < message.Number("ask"));
            Assert.Equal(message.Number("ask") - message.Number("bid"), message.Number("spread"), 1e-6);
            Assert.True(message.Number("spread") > 0);
            Assert.True(message.Number("volume") > 0);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Betfair_prices_are_ticks_back_is_below_lay_and_matched_money_grows(int seed)
    {
        var ticks = BetfairModel.Prices.Select(p => (double)p).ToHashSet();
        var matched = new Dictionary<string, double>();
        foreach (var message in new BetfairModel([], new Random(seed)).Steps(Steps).SelectMany(step => step))
        {
            Assert.All(["back_price", "lay_price", "last_traded_price"], name => Assert.Contains(message.Number(name), ticks));
            Assert.True(message.Number("back_price") < message.Number("lay_price"));
            // The exchange takes no less than 2.
            Assert.True(message.Number("back_size") >= 2 && message.Number("lay_size") >= 2);
            var selection = message.Name("selection_id");
            Assert.True(message.Number("matched_amount") >= matched.GetValueOrDefault(selection));
            matched[selection] = message.Number("matched_amount");
        }
        Assert.Equal(6, matched.Count);
        Assert.Equal("1.5", new BetfairModel(["1.5", "1.6"], new Random(seed)).Steps(1).Single()[0].Get("market_id"));
    }

    [Fact]
    public void The_ladder_is_Betfairs()
    {
        Assert.Equal(350, BetfairModel.Prices.Count);
        Assert.Equal((1.01m, 1000m), (BetfairModel.Prices[0], BetfairModel.Prices[^1]));
        Assert.Equal(BetfairModel.Prices.Distinct().Order(), BetfairModel.Prices);
        Assert.Equal([1.99m, 2m, 2.02m], BetfairModel.Prices.Where(p => p is > 1.98m and < 2.04m));
        Assert.Equal([990m, 1000m], BetfairModel.Prices.TakeLast(2));
        Assert.Equal([95m, 100m, 110m], BetfairModel.Prices.Where(p => p is > 90 and < 120));
    }

    [Fact]
    public void Posts_carry_scores_in_range_and_a_mood_that_changes()
    {
        var posts = new TwitterModel(["bitcoin", "ether"], new Random(1)).Steps(2_000).Select(Assert.Single).ToList();
        Assert.All(posts, post =>
        {
            Assert.Contains(post.Name("topic"), (string[])["bitcoin", "ether"]);
            Assert.InRange(post.Number("sentiment_score"), -1, 1);
            Assert.Equal(1, post.Number("positive") + post.Number("neutral") + post.Number("negative"), 0.0021);
            Assert.True(Assert.IsType<long>(post.Get("text_length")) > 0);
            Assert.True(Assert.IsType<long>(post.Get("followers")) >= 0);
            Assert.NotEqual("", post.Get("location"));
        });
        Assert.Contains(posts, post => post.Number("sentiment_score") >= 0.05);
        Assert.Contains(posts, post => post.Number("sentiment_score") <= -0.05);
        Assert.Contains(posts, post => post.Number("sentiment_score") == 0);
    }
}
