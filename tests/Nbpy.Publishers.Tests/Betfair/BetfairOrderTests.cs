using System.Globalization;
using System.Text;
using Nbpy.Messaging;
using Nbpy.Publishers.Betfair;
using Nbpy.Publishers.Tests.Recording;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Betfair;

/// <summary>The order stream: recorded, real single messages, images, and what is news of it.</summary>
public sealed class BetfairOrderTests
{
    private readonly BetfairOrderDecoder decoder = new();

    private static string Recording => Feeds.Fixture("Betfair", "ORDER-1.177596575.jsonl");

    [Fact]
    public void The_recorded_orders_are_followed_until_their_market_closes()
    {
        var seen = new List<string>();
        foreach (var line in Feeds.Lines(Recording))
        {
            Assert.Equal(BetfairLineKind.OrderChange, decoder.Decode(line));
            seen.AddRange(decoder.Changes.Select(o => $"{decoder.PublishTimeMs} {o.MarketId} {o.SelectionId} {o.BetId} {o.Side} {o.Status} {o.OrderType} {o.Price} {o.Size} {o.Remaining} {o.Cancelled}"));
        }

        Assert.Equal(
            [
                "1609915842193 1.177596575 38077860 221073337451 B E L 34 0.8 0.8 0",
                "1609915844697 1.177596575 38077860 221073337451 B EC L 34 0.8 0 0.8",
                "1609915890330 1.177596575 37711602 221073362321 B E L 15.5 0.8 0.8 0",
            ],
            seen);
        Assert.Empty(decoder.Orders);
        Assert.True(decoder.Removed);
        Assert.Equal(0, decoder.Counters.Malformed);
    }

    [Fact]
    public async Task A_publisher_of_orders_replays_them()
    {
        var config = new PublisherConfig
        {
            Name = "betfair_orders", Class = KnownClasses.BetfairStream, Port = 5568, Topic = "betfair_orders",
            Options = new Dictionary<string, string> { ["channel"] = "orders" },
        };
        var messages = await RoundTrip.PlayAsync(config, Recording);
        Assert.Equal(["executable", "execution_complete", "executable"], messages.Select(m => m.Get("status")));
        Assert.Equal(
            ["market_id", "selection_id", "status", "type", "side", "exchange", "order_id", "price", "size", "size_matched", "size_remaining", "size_lapsed", "size_cancelled", "size_voided"],
            messages[0].Keys());
        Assert.Equal(
            ("1.177596575", "38077860", "limit", "back", "221073337451", 34.0, 0.8),
            (messages[0].Get("market_id"), messages[0].Get("selection_id"), messages[0].Get("type"), messages[0].Get("side"), messages[0].Get("order_id"), messages[0].Get("price"), messages[0].Get("size")));
        // The topic of prices has no orders.
        var prices = await Assert.ThrowsAnyAsync<Exception>(() => RoundTrip.PlayAsync(config with { Options = new Dictionary<string, string>() }, Recording));
        Assert.Contains("has no message for this topic", prices.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Real_messages_state_handicaps_prices_and_the_sides()
    {
        Decode(File.ReadAllText(Feeds.Fixture("Betfair", Path.Combine("messages", "streaming_ocm_FULL_IMAGE.json"))));
        var messages = decoder.Changes.Select(o => BetfairMessages.ToMessage(o, decoder.TimestampNs)).ToList();
        Assert.Equal(["7017905:8.5", "7017905:7.5", "7017905:6.5", "7017905:5.5", "1017905"], messages.Select(m => m.Get("selection_id")));
        Assert.All(messages, m => Assert.Equal(("execution_complete", 2.0, 2.0, 0.0), (m.Get("status"), m.Get("average_price"), m.Get("size_matched"), m.Get("size_remaining"))));
        Assert.Equal(1566480793554_000000, messages[0].TimestampNs);
        Decode(File.ReadAllText(Feeds.Fixture("Betfair", Path.Combine("messages", "streaming_ocm_EMPTY_IMAGE.json"))));
        Assert.Equal((5, 0, true), (messages.Count, decoder.Orders.Count, decoder.Removed));
        Decode(File.ReadAllText(Feeds.Fixture("Betfair", Path.Combine("messages", "streaming_ocm_UPDATE.json"))));
        Assert.Equal(("lay", 1.02), (Message(Assert.Single(decoder.Changes)).Get("side"), Message(decoder.Changes[0]).Get("price")));
    }

    [Fact]
    public void Images_of_a_runner_a_market_or_everything_take_away_what_they_lack()
    {
        Decode(Orders("1.1", 10, "a", "b"));
        Decode(Orders("1.1", 11, "c"));
        Decode(Orders("1.2", 10, "d"));
        Decode("""{"op":"ocm","pt":2,"oc":[{"id":"1.1","orc":[{"fullImage":true,"id":10,"uo":[{"id":"b","status":"E","sm":1}]}]}]}""");
        Assert.Equal("bcd", Ids());
        Decode("""{"op":"ocm","pt":3,"oc":[{"id":"1.1","fullImage":true}]}""");
        Assert.Equal("d", Ids());
        Decode("""{"op":"ocm","pt":4,"ct":"SUB_IMAGE","oc":[{"id":"1.3","orc":[{"id":10,"uo":[{"id":"e","status":"E"}]}]}]}""");
        Assert.Equal("e", Ids());
        Decode("""{"op":"ocm","pt":5,"ct":"SUB_IMAGE","oc":null}""");
        Assert.Equal("", Ids());
    }

    [Fact]
    public void News_repeat_nothing_and_count_orders_that_vanish_while_open()
    {
        var news = new BetfairOrderNews();
        Decode(Orders("1.1", 10, "a", "b"));
        Assert.Equal(2, news.Take(decoder).Count);
        var second = new BetfairOrderDecoder();
        second.Decode(Encoding.UTF8.GetBytes(Orders("1.1", 10, "b").Replace("\"op\"", "\"ct\":\"SUB_IMAGE\",\"op\"", StringComparison.Ordinal)));
        Assert.Empty(news.Take(second));
        Assert.Equal((1, 1), (news.Repeated, news.WithoutKnownEnd));
        second.Decode(Encoding.UTF8.GetBytes(Orders("1.1", 10, "b").Replace("\"E\"", "\"EC\"", StringComparison.Ordinal)));
        Assert.Equal("EC", Assert.Single(news.Take(second)).Status);
        second.Decode("""{"op":"ocm","pt":5,"oc":[{"id":"1.1","closed":true}]}"""u8.ToArray());
        Assert.Empty(news.Take(second));
        Assert.Equal((1, 1), (news.Repeated, news.WithoutKnownEnd));
    }

    [Theory]
    [InlineData("""{"op":"ocm","pt":1,"oc":[{"id":"1.1","orc":[{"id":1e1,"hc":null,"mb":null,"uo":[null,{"id":77,"p":2.50e0,"s":"3.0","status":"E","avp":0,"new":[]}]}],"orderLimit":1}]}""")]
    [InlineData("""{"oc":[{"orc":[{"uo":[{"status":"E","s":3,"p":2.5,"id":"77"}],"id":10}],"id":"1.1"},null],"op":"ocm"}""")]
    public void Spellings_do_not_matter(string line)
    {
        Decode(line);
        var message = Message(Assert.Single(decoder.Changes));
        Assert.Equal(
            "market_id=1.1 selection_id=10 status=executable exchange=betfair order_id=77 price=2.5 size=3",
            string.Join(' ', message.Keys().Select(k => $"{k}={Convert.ToString(message.Get(k), CultureInfo.InvariantCulture)}")));
    }

    [Fact]
    public void Other_lines_are_left_alone_and_broken_ones_counted()
    {
        Assert.Equal(BetfairLineKind.MarketChange, decoder.Decode("""{"op":"mcm","clk":"x","pt":1,"mc":[{"id":"1.1","img":true}]}"""u8.ToArray()));
        Assert.Null(decoder.Clock);
        Assert.Equal(BetfairLineKind.Heartbeat, decoder.Decode("""{"op":"ocm","clk":"y","pt":1,"ct":"HEARTBEAT"}"""u8.ToArray()));
        Assert.Equal("y", decoder.Clock);
        Assert.Equal(BetfairLineKind.Malformed, decoder.Decode("""{"op":"ocm","clk":"z","oc":[{"id":"1.1","orc":[{"id":1,"uo":[{"p":1}]}]}]}"""u8.ToArray()));
        Assert.Equal("y", decoder.Clock);
    }

    private static string Orders(string market, long runner, params string[] ids) =>
        $$"""{"op":"ocm","pt":1,"oc":[{"id":"{{market}}","orc":[{"id":{{runner}},"uo":[{{string.Join(',', ids.Select(i => $$"""{"id":"{{i}}","status":"E","p":2,"s":1}"""))}}]}]}]}""";

    private MarketMessage Message(BetfairOrder order) => BetfairMessages.ToMessage(order, decoder.TimestampNs);

    private string Ids() => string.Concat(decoder.Orders.Select(o => o.BetId).Order(StringComparer.Ordinal));

    private void Decode(string line) => Assert.Equal(BetfairLineKind.OrderChange, decoder.Decode(Encoding.UTF8.GetBytes(line)));
}
