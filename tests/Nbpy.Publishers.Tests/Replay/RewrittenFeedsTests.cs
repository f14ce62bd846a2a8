using System.Text;
using System.Text.Json.Nodes;
using Nbpy.Messaging;
using Nbpy.Publishers.Replay;
using Nbpy.Publishers.Tests.Recording;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Replay;

/// <summary>Every recording, written anew so that it says the same, makes the very same messages: the order of members, white space, escapes,
/// unknown members and nulls are no matter to any decoder.</summary>
public sealed class RewrittenFeedsTests
{
    private static readonly string[] Kraken =
    [
        "req_id", "error", "warnings", "symbol", "timestamp", "sequence", "status", "exec_id", "last_qty", "last_price", "limit_price", "cum_qty", "avg_price", "order_qty",
        "fees", "fee_usd_equiv", "reason", "contingent", "triggers", "order_userref", "bid", "ask", "last", "vwap", "volume", "side", "ord_type",
    ];

    private static readonly string[] Oanda =
    [
        "status", "tradeable", "closeoutBid", "closeoutAsk", "liquidity", "orderID", "instrument", "units", "price", "pl", "reason", "clientOrderID", "tradeOpened",
        "tradesClosed", "fullPrice", "takeProfitOnFill", "userID", "batchID", "requestID", "lastTransactionID",
    ];

    private static readonly string[] Betfair =
    [
        "id", "ct", "segmentType", "clk", "initialClk", "conflateMs", "heartbeatMs", "status", "con", "img", "tv", "ltp", "hc", "marketDefinition", "rc", "batb", "batl", "bdatb",
        "bdatl", "atb", "atl", "trd", "spb", "spl", "spn", "spf", "fullImage", "closed", "orc", "uo", "mb", "ml", "smc", "accountId", "bsp", "md", "cd", "ld", "avp",
        "errorCode", "errorMessage", "connectionId", "connectionsAvailable", "connectionClosed",
    ];

    private static readonly string[] Twitter = ["geo", "includes", "errors", "lang", "location", "public_metrics", "users", "places", "place_id", "matching_rules", "edit_history_tweet_ids"];

    public static TheoryData<string, string, string, string[]> Recordings => new()
    {
        { KnownClasses.KrakenTick, "kraken/session_public_composed.jsonl", "", Kraken },
        { KnownClasses.KrakenDepth, "kraken/book_v2_btcusd_d10.wire.jsonl", "", Kraken },
        { KnownClasses.KrakenDepth, "kraken/session_public_composed.jsonl", "", Kraken },
        { KnownClasses.KrakenOrders, "kraken/session_private_composed.jsonl", "", Kraken },
        { KnownClasses.KrakenOrders, "kraken/session_public_composed.jsonl", "", Kraken },
        { KnownClasses.OandaTick, "oanda/pricing_stream_composed.jsonl", "", Oanda },
        { KnownClasses.OandaTick, "Oanda/pricing_stream.jsonl", "", Oanda },
        { KnownClasses.OandaOrders, "oanda/transactions_stream_composed.jsonl", "", Oanda },
        { KnownClasses.OandaOrders, "Oanda/transactions_objects.jsonl", "", Oanda },
        { KnownClasses.BetfairStream, "betfair/1.197931750.jsonl", "", Betfair },
        { KnownClasses.BetfairStream, "Betfair/BASIC-1.132153978.jsonl", "", Betfair },
        { KnownClasses.BetfairStream, "Betfair/session_composed.jsonl", "", Betfair },
        { KnownClasses.BetfairStream, "Betfair/ORDER-1.177596575.jsonl", "orders", Betfair },
        { KnownClasses.TwitterSentiment, "twitter/filtered_stream_composed.raw.txt", "", Twitter },
    };

    [Theory]
    [MemberData(nameof(Recordings))]
    public void A_recording_written_anew_says_the_same(string publisherClass, string file, string channel, string[] optional)
    {
        // The programs' own recordings are in folders of small letters, the tests' in the venues'.
        var path = char.IsUpper(file[0]) ? Feeds.Fixture(file.Split('/')[0], file.Split('/')[1]) : Feeds.Bundled(file);
        var lines = Feeds.Lines(path).ToList();
        var config = new PublisherConfig
        {
            Name = "x", Class = publisherClass, Port = 1, Topic = "t", Options = channel.Length == 0 ? new Dictionary<string, string>() : new Dictionary<string, string> { ["channel"] = channel },
        };
        foreach (var live in new[] { false, true })
        {
            var expected = Play(config, lines, line => line, live);
            Assert.True(live || expected.Count > 0);
            Assert.Equal(expected, Play(config, lines, new JsonRewriter(1).Rewrite, live));
            Assert.Equal(expected, Play(config, lines, new JsonRewriter(2, optional).Rewrite, live));
        }
    }

    [Theory]
    [InlineData(KnownClasses.KrakenDepth, "kraken/session_public_composed.jsonl", "data data.asks.price data.asks.qty data.bids.price data.bids.qty data.checksum data.price data.qty data.symbol data.trade_id")]
    [InlineData(KnownClasses.KrakenOrders, "kraken/session_private_composed.jsonl", "data data.order_id")]
    [InlineData(KnownClasses.OandaTick, "oanda/pricing_stream_composed.jsonl", "instrument time")]
    [InlineData(KnownClasses.OandaOrders, "oanda/transactions_stream_composed.jsonl", "time")]
    [InlineData(KnownClasses.BetfairStream, "betfair/1.197931750.jsonl", "mc.id mc.rc.id")]
    [InlineData(KnownClasses.BetfairStream, "Betfair/session_composed.jsonl", "mc.id mc.rc.id")]
    [InlineData(KnownClasses.TwitterSentiment, "twitter/filtered_stream_composed.raw.txt", "data data.id data.text errors")]
    public void Only_these_members_have_to_be_there(string publisherClass, string file, string required)
    {
        var path = char.IsUpper(file[0]) ? Feeds.Fixture(file.Split('/')[0], file.Split('/')[1]) : Feeds.Bundled(file);
        var config = new PublisherConfig { Name = "x", Class = publisherClass, Port = 1, Topic = "t" };
        var missed = new SortedSet<string>(StringComparer.Ordinal);
        var looked = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in Feeds.Lines(path).Select(line => RecordedLine.Parse(line)).Where(r => r.Kind == RecordedKind.Message).Select(r => r.Payload))
        {
            if (JsonNode.Parse(line.Span) is not JsonObject root || !looked.Add(string.Join(' ', Members(root, "").Select(m => m.Path).Order(StringComparer.Ordinal))))
                continue;
            for (var i = 0; i < Members(root, "").Count(); i++)
            {
                var without = JsonNode.Parse(line.Span)!.AsObject();
                var (owner, name, member) = Members(without, "").ElementAt(i);
                owner.Remove(name);
                var problem = BundledRecording.For(config).CreateDecoder(new ReplayOptions()).Decode(Encoding.UTF8.GetBytes(without.ToJsonString()), 1, []);
                if (problem is not null && !problem.StartsWith("checksum", StringComparison.Ordinal))
                    missed.Add(member);
            }
        }

        Assert.True(looked.Count > 1);
        Assert.Equal(required, string.Join(' ', missed));
    }

    [Fact]
    public void The_wrapping_of_a_recording_may_be_written_anew_too()
    {
        foreach (var line in Feeds.Lines(Feeds.Bundled("kraken/session_public_composed.jsonl")))
        {
            var (kind, payload, time) = RecordedLine.Parse(line);
            var again = RecordedLine.Parse(new JsonRewriter(3, "expect", "note").Rewrite(line));
            Assert.Equal((kind, Encoding.UTF8.GetString(payload.Span), time), (again.Kind, Encoding.UTF8.GetString(again.Payload.Span), again.TimeNs));
        }
    }

    private static IEnumerable<(JsonObject Owner, string Name, string Path)> Members(JsonNode? node, string path) => node switch
    {
        JsonObject owner => owner.SelectMany(m => Members(m.Value, $"{path}{m.Key}.").Prepend((owner, m.Key, path + m.Key))),
        JsonArray list => list.SelectMany(i => Members(i, path)),
        _ => [],
    };

    // The messages with their times, and what was wrong.
    private static List<string> Play(PublisherConfig config, List<byte[]> lines, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> rewrite, bool live)
    {
        var decoder = BundledRecording.For(config).CreateDecoder(new ReplayOptions());
        if (live)
            decoder.Connected();
        var said = new List<string>();
        var messages = new List<MarketMessage>();
        foreach (var recorded in lines.Select(line => RecordedLine.Parse(line)).Where(r => r.Kind == RecordedKind.Message))
        {
            messages.Clear();
            var problem = decoder.Decode(rewrite(recorded.Payload), recorded.TimeNs ?? 0, messages);
            said.AddRange(messages.Select(m => $"{m.TimestampNs} {RoundTrip.Exact(m)}"));
            if (problem is not null)
                said.Add(problem.StartsWith("checksum", StringComparison.Ordinal) ? problem : "malformed");
        }

        return said;
    }
}
