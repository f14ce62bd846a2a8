using System.Text;
using Nbpy.Publishers.Betfair;

namespace Nbpy.Publishers.Tests.Betfair;

/// <summary>What varies from feed to feed and from tool to tool changes no result.</summary>
public sealed class BetfairLeniencyTests
{
    private const string Full = """{"id":10,"batb":[[0,2.5,5],[1,2.4,6]],"batl":[[0,2.6,7]],"atb":[[2.5,5]],"ltp":2.5,"tv":100,"spn":2.4}""";

    [Theory]
    [InlineData("""{"id":10,"batb":null,"batl":null,"atb":null,"atl":null,"bdatb":null,"bdatl":null,"trd":null,"spb":null,"spl":null,"hc":null}""")]
    [InlineData("""{"id":10,"ltp":null,"tv":null}""")]
    [InlineData("""{"id":10,"ltp":"NaN","tv":"Infinity"}""")]
    [InlineData("""{"id":1e1,"hc":0.0,"batb":[[0.0,25e-1,5.00]]}""")]
    [InlineData("""{"id":"10","hc":"0","batb":[["0","2.5","5"]],"tv":"100"}""")]
    [InlineData("""{"id":10,"batb":[[0,2.5,5,"more"]],"new":{"a":[1]}},null""")]
    [InlineData("""{"id":10,"batl":[[1,null,null]]}""")]
    public void What_says_nothing_new_changes_nothing(string change)
    {
        var decoder = Market(Full);
        Assert.Equal(BetfairLineKind.MarketChange, Decode(decoder, $$"""{"op":"mcm","pt":2,"mc":[null,{"id":"1.1","tv":null,"marketDefinition":null,"rc":[{{change}}]}]}"""));
        var now = Assert.Single(decoder.Changes);
        Assert.Equal((new BetfairPriceSize(2.5m, 5m), new BetfairPriceSize(2.6m, 7m)), (now.Back!.Value, now.Lay!.Value));
        Assert.Equal((2.5m, 100m, 0), (now.LastTradedPrice, now.MatchedAmount, decoder.Counters.Malformed));
        Assert.Equal(200m, decoder.Markets["1.1"].TradedVolume);
    }

    [Theory]
    [InlineData("[[0,null,null]]")]
    [InlineData("[[0,null,7]]")]
    [InlineData("[[0,0.0,0e0]]")]
    public void A_level_without_price_or_size_is_an_empty_one(string ladder)
    {
        var decoder = Market(Full);
        Decode(decoder, $$"""{"op":"mcm","pt":2,"mc":[{"id":"1.1","rc":[{"id":10,"batl":{{ladder}}}]}]}""");
        Assert.Null(Assert.Single(decoder.Changes).Lay);
    }

    [Fact]
    public void Where_anything_is_offered_a_side_without_a_ladder_has_nothing_offered()
    {
        var decoder = Market("""{"id":10,"ltp":2}""");
        Assert.False(Assert.Single(decoder.Changes).HasLayLadder);
        Decode(decoder, """{"op":"mcm","pt":2,"mc":[{"id":"1.1","img":true,"rc":[{"id":11,"ltp":3},{"id":10,"batb":[[0,2.5,5]]}]}]}""");
        Assert.Equal(["11 - 0 - 0", "10 2.5 5 - 0"], decoder.Changes.Select(Sides));
    }

    [Fact]
    public void A_line_without_a_publish_time_is_of_the_time_it_came()
    {
        var decoder = new BetfairStreamDecoder();
        decoder.Decode(Encoding.UTF8.GetBytes("""{"op":"mcm","id":2,"status":503}"""), 7_000_000_000);
        Assert.Equal((null, 7_000_000_000), (decoder.SentNs, decoder.TimestampNs));
        Decode(decoder, """{"op":"mcm","pt":1768473000000,"mc":[{"id":"1.1","img":true,"rc":[{"id":10,"ltp":2}]}]}""");
        Assert.Equal((1768473000000_000000, 1768473000000_000000), (decoder.SentNs, decoder.Changes[0].TimestampNs));
        foreach (var pt in new[] { "", "\"pt\":null,", "\"pt\":9223372036854775807,", "\"pt\":-5,", "\"pt\":0," })
        {
            decoder.Decode(Encoding.UTF8.GetBytes($$"""{"op":"mcm",{{pt}}"mc":[{"id":"1.1","rc":[{"id":10,"ltp":3}]}]}"""), 1768473001000_000000);
            Assert.Equal((null, 1768473001000_000000), (decoder.SentNs, decoder.Changes[0].TimestampNs));
        }

        // Nobody knows when it came: not before what is known.
        Decode(decoder, """{"op":"mcm","mc":[{"id":"1.1","rc":[{"id":10,"ltp":4}]}]}""");
        Assert.Equal(1768473000000_000000, decoder.Changes[0].TimestampNs);
    }

    [Fact]
    public void A_heartbeat_inside_a_message_in_segments_moves_no_clock()
    {
        var decoder = Market(Full);
        Decode(decoder, """{"op":"mcm","pt":2,"clk":"a","initialClk":"i","mc":[]}""");
        Decode(decoder, """{"op":"mcm","pt":3,"segmentType":"SEG_START","mc":[{"id":"1.1","rc":[{"id":10,"ltp":3}]}]}""");
        Assert.Equal(BetfairLineKind.Heartbeat, Decode(decoder, """{"op":"mcm","pt":4,"ct":"HEARTBEAT","clk":"too far"}"""));
        Assert.Equal("a", decoder.Clock);
        Decode(decoder, """{"op":"mcm","pt":5,"segmentType":"SEG_END","clk":"b","mc":[{"id":"1.1","rc":[{"id":10,"tv":101}]}]}""");
        Assert.Equal(("i", "b", 3m), (decoder.InitialClock, decoder.Clock, decoder.Changes[0].LastTradedPrice!.Value));
        Decode(decoder, """{"op":"mcm","pt":6,"ct":"HEARTBEAT","clk":"c"}""");
        Assert.Equal("c", decoder.Clock);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("99999999999")]
    [InlineData("\"soon\"")]
    public void A_heartbeat_interval_that_cannot_be_is_not_taken(string interval)
    {
        var decoder = new BetfairStreamDecoder();
        Decode(decoder, $$"""{"op":"mcm","pt":1,"heartbeatMs":{{interval}},"mc":[]}""");
        Assert.Null(decoder.HeartbeatMs);
    }

    [Fact]
    public void News_end_what_a_new_image_lacks_and_repeat_nothing()
    {
        var news = new BetfairNews();
        var decoder = new BetfairStreamDecoder { DeliversOffers = true };
        Assert.Equal(["10 2.5 5 2.6 7", "11 3 1 - 0"], Take("""{"op":"mcm","pt":1,"ct":"SUB_IMAGE","mc":[{"id":"1.1","img":true,"rc":[{"id":10,"batb":[[0,2.5,5]],"batl":[[0,2.6,7]]},{"id":11,"batb":[[0,3,1]]}]},{"id":"1.2","img":true,"rc":[]}]}"""));
        // A new decoder, as after a refused clock: no lay any more, and the other runner is gone.
        decoder = new BetfairStreamDecoder { DeliversOffers = true };
        Assert.Equal(["10 2.5 5 - 0", "11 - 0 - 0"], Take("""{"op":"mcm","pt":2,"ct":"SUB_IMAGE","mc":[{"id":"1.1","img":true,"rc":[{"id":10,"batb":[[0,2.5,5]]}]}]}"""));
        Assert.Empty(Take("""{"op":"mcm","pt":3,"mc":[{"id":"1.1","img":true,"rc":[{"id":10,"batb":[[0,2.5,5]]}]}]}"""));
        Assert.Equal(1, news.Repeated);
        // Held while unreliable; then once, with the time of the image.
        Assert.Empty(Take("""{"op":"mcm","pt":4,"status":503,"mc":[{"id":"1.1","img":true,"rc":[{"id":12,"batb":[[0,4,1]]}]}]}"""));
        Assert.Equal(["12 4 1 - 0", "10 - 0 - 0"], Take("""{"op":"mcm","pt":5,"ct":"HEARTBEAT"}"""));
        Assert.Equal(["12 - 0 - 0"], Take("""{"op":"mcm","pt":6,"ct":"SUB_IMAGE","mc":[]}"""));

        IEnumerable<string> Take(string line)
        {
            Decode(decoder, line);
            return [.. news.Take(decoder).Select(Sides)];
        }
    }

    private static string Sides(BetfairSelectionChange change)
    {
        var message = BetfairMessages.ToMessage(change);
        return string.Join(' ', new[] { "selection_id", "back_price", "back_size", "lay_price", "lay_size" }.Select(
            k => Convert.ToString(Replay.Feeds.Get(message, k), System.Globalization.CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "-"));
    }

    private static BetfairStreamDecoder Market(string runner)
    {
        var decoder = new BetfairStreamDecoder();
        Decode(decoder, $$"""{"op":"mcm","pt":1,"mc":[{"id":"1.1","img":true,"tv":200,"marketDefinition":{"eventId":77,"status":"OPEN"},"rc":[{{runner}}]}]}""");
        Assert.Equal("77", decoder.Markets["1.1"].EventId);
        return decoder;
    }

    private static BetfairLineKind Decode(BetfairStreamDecoder decoder, string line) => decoder.Decode(Encoding.UTF8.GetBytes(line));
}
