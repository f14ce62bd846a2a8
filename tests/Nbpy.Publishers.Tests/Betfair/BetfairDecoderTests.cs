using System.Text;
using System.Text.Json;
using Nbpy.Publishers.Betfair;
using Nbpy.Publishers.Tests.Replay;

namespace Nbpy.Publishers.Tests.Betfair;

public class BetfairDecoderTests
{
    [Theory]
    [InlineData("1.471370160471E12", 1471370160471)]
    [InlineData("1471370160471.0", 1471370160471)]
    [InlineData("1e400", 0)]
    [InlineData("null", 0)]
    public void A_whole_number_counts_in_every_spelling_and_another_is_as_if_it_were_not_there(string spelling, long publishTimeMs)
    {
        var decoder = new BetfairStreamDecoder();
        var kind = decoder.Decode(System.Text.Encoding.UTF8.GetBytes($$"""{"mc":[],"pt":{{spelling}},"unknown":{"ü":[]},"op":"mcm"}"""));
        Assert.Equal(BetfairLineKind.MarketChange, kind);
        Assert.Equal(publishTimeMs, decoder.PublishTimeMs);
    }

    [Fact]
    public void Recorded_greyhound_market_reaches_every_expected_state() =>
        AssertReproduces(Feeds.Bundled("betfair/1.197931750.jsonl"), Feeds.Fixture("Betfair", "1.197931750.expected.json"));

    [Fact]
    public void Recorded_horse_market_reaches_every_expected_state() =>
        AssertReproduces(
            Feeds.Fixture("Betfair", "BASIC-1.132153978.jsonl"), Feeds.Fixture("Betfair", "BASIC-1.132153978.expected.json"));

    [Fact]
    public void Composed_session_is_followed_step_by_step()
    {
        var decoder = new BetfairStreamDecoder { SubscriptionId = 2 };
        var steps = Feeds.Steps(Feeds.Fixture("Betfair", "session_composed.jsonl")).ToList();
        var seen = new List<string>();
        foreach (var (direction, frame, expect) in steps)
        {
            if (direction == "c2s" && Encoding.UTF8.GetString(frame).Contains("\"id\":4", StringComparison.Ordinal))
            {
                decoder.SubscriptionId = 4;
                Assert.Equal(("initClk1==", "AAAAAAA7AA"), (decoder.InitialClock, decoder.Clock));
            }
            if (direction != "s2c")
                continue;
            var kind = decoder.Decode(frame);
            Assert.NotEqual(BetfairLineKind.Malformed, kind);
            Assert.NotEqual(BetfairLineKind.Unknown, kind);
            switch (expect)
            {
                case "clear cache; image not complete yet":
                    Assert.Empty(decoder.Changes);
                    Assert.Null(decoder.Clock);
                    break;
                case "image complete: 2 markets":
                    Assert.Equal(2, decoder.Markets.Count);
                    Assert.Equal(6, decoder.Changes.Count);
                    Assert.Equal("AAAAAAA2AA", decoder.Clock);
                    break;
                case "lay ladder of first runner is now empty":
                    var change = Assert.Single(decoder.Changes);
                    Assert.Equal((new BetfairPriceSize(2.02m, 4.25m), null), (change.Back!.Value, change.Lay));
                    Assert.True(change.HasLayLadder);
                    break;
                case "stream stale/unreliable: do NOT disconnect":
                    Assert.True(decoder.Unreliable);
                    break;
                case "status back to null: healthy again":
                    Assert.False(decoder.Unreliable);
                    Assert.Equal(85.5m, Assert.Single(decoder.Changes).MatchedAmount);
                    break;
                case "re-login then reconnect":
                    Assert.Equal(("INVALID_SESSION_INFORMATION", true), (decoder.Status!.ErrorCode, decoder.Status.ConnectionClosed));
                    break;
                case "connection stays open":
                    Assert.Equal((false, false), (decoder.Status!.Success, decoder.Status.ConnectionClosed));
                    break;
                default: break;
            }
            if (expect is not null)
                seen.Add(expect);
        }
        Assert.True(seen.Count >= 8, string.Join("; ", seen));
        Assert.Equal("CLOSED", decoder.Markets["1.250000001"].Status);
        Assert.Equal(("initClk1==2", 5000), (decoder.InitialClock, decoder.HeartbeatMs!.Value));
    }

    [Fact]
    public void Every_real_message_decodes()
    {
        var kinds = Directory.GetFiles(Feeds.Fixture("Betfair", "messages")).Order(StringComparer.Ordinal).ToDictionary(
            file => Path.GetFileNameWithoutExtension(file), file => new BetfairStreamDecoder().Decode(File.ReadAllBytes(file)));
        Assert.Equal(14, kinds.Count);
        Assert.DoesNotContain(BetfairLineKind.Malformed, kinds.Values);
        Assert.Equal(BetfairLineKind.Connection, kinds["streaming_connection"]);
        Assert.Equal(BetfairLineKind.Status, kinds["streaming_status"]);
        Assert.Equal(BetfairLineKind.Heartbeat, kinds["streaming_mcm_HEARTBEAT"]);
        Assert.Equal(BetfairLineKind.MarketChange, kinds["streaming_mcm_SUB_IMAGE"]);
        Assert.Equal(BetfairLineKind.OrderChange, kinds["streaming_ocm_UPDATE"]);
        Assert.All(
            Feeds.Lines(Feeds.Fixture("Betfair", "ORDER-1.177596575.jsonl")),
            line => Assert.Equal(BetfairLineKind.OrderChange, new BetfairStreamDecoder().Decode(line)));
    }

    [Fact]
    public void Ladder_rules()
    {
        var decoder = Market();
        Change(decoder, """{"batb":[[2,1.5,2],[1,1.4,2],[0,1.3,2]],"trd":[[2,5],[3,6]],"id":1}""");
        var runner = Assert.Single(decoder.Markets["1.1"].Runners);
        Assert.Equal([1.3m, 1.4m, 1.5m], runner.BestToBack!.Entries.Values.Select(e => e.Price));
        // Out of sight: no action. For trd: cleared.
        Change(decoder, """{"batb":[],"batl":[],"trd":[],"id":1}""");
        Assert.Equal(3, runner.BestToBack.Entries.Count);
        Assert.False(runner.HasLayLadder);
        Assert.Empty(runner.Traded!.Entries);
        Change(decoder, """{"batb":[[0,0,0],[1,0,0],[2,0,0]],"spn":"NaN","id":1}""");
        Assert.Null(runner.BestBack);
        Assert.Null(runner.StartingPriceNear);
    }

    [Fact]
    public void Best_offers_come_from_the_best_ladder_there_is()
    {
        var decoder = Market();
        Change(decoder, """{"bdatb":[[0,9,1]],"id":1}""");
        Assert.Equal(9m, decoder.Changes[0].Back!.Value.Price);
        Change(decoder, """{"atb":[[7,1],[8,1],[6,1]],"atl":[[12,1],[11,1]],"id":1}""");
        Assert.Equal((8m, 11m), (decoder.Changes[0].Back!.Value.Price, decoder.Changes[0].Lay!.Value.Price));
        Change(decoder, """{"batb":[[0,8.5,1]],"id":1}""");
        Assert.Equal(8.5m, decoder.Changes[0].Back!.Value.Price);
    }

    [Fact]
    public void A_runner_is_its_id_and_its_handicap()
    {
        var decoder = Market();
        Change(decoder, """{"ltp":2,"id":1,"hc":-0.5},{"ltp":3,"id":1,"hc":0.5},{"ltp":4,"id":1}""");
        Assert.Equal(["1:-0.5", "1:0.5", "1"], decoder.Changes.Select(c => BetfairMessages.ToMessage(c).Get("selection_id")));
    }

    [Fact]
    public void Images_replace_one_market_or_the_whole_cache()
    {
        var decoder = Market();
        Change(decoder, """{"ltp":2,"id":1},{"ltp":3,"id":2}""");
        decoder.Decode(Bytes("""{"op":"mcm","pt":3,"mc":[{"id":"1.1","img":true,"rc":[{"ltp":5,"id":2}]}]}"""));
        Assert.Equal([2L], decoder.Markets["1.1"].Runners.Select(r => r.Id));
        decoder.Decode(Bytes("""{"op":"mcm","pt":4,"ct":"SUB_IMAGE","mc":[{"id":"1.2","img":true,"marketDefinition":{"status":"OPEN"}}]}"""));
        Assert.Equal(["1.2"], decoder.Markets.Keys);
        // Of a market that nobody described: counted, not invented.
        decoder.Decode(Bytes("""{"op":"mcm","pt":5,"mc":[{"id":"1.9","rc":[{"ltp":5,"id":2}]}]}"""));
        Assert.Equal((1L, 1), (decoder.Counters.UnknownMarkets, decoder.Markets.Count));
    }

    [Fact]
    public void Changes_of_an_earlier_subscription_are_dropped()
    {
        var decoder = Market();
        decoder.SubscriptionId = 3;
        Assert.Equal(
            BetfairLineKind.StaleSubscription,
            decoder.Decode(Bytes("""{"op":"mcm","id":2,"pt":3,"mc":[{"id":"1.1","rc":[{"ltp":5,"id":2}]}]}""")));
        Assert.Empty(decoder.Changes);
    }

    [Fact]
    public void Closed_markets_leave_the_cache_after_an_hour()
    {
        var decoder = Market();
        decoder.Decode(Bytes("""{"op":"mcm","pt":1000,"mc":[{"id":"1.1","marketDefinition":{"status":"CLOSED"}}]}"""));
        decoder.Decode(Bytes("""{"op":"mcm","pt":3601000,"mc":[{"id":"1.2","marketDefinition":{"status":"OPEN"}}]}"""));
        Assert.Equal(2, decoder.Markets.Count);
        decoder.Decode(Bytes("""{"op":"mcm","pt":3601001,"mc":[{"id":"1.3","marketDefinition":{"status":"OPEN"}}]}"""));
        Assert.Equal(["1.2", "1.3"], decoder.Markets.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Messages_have_the_contracts_keys_and_floats()
    {
        var decoder = Market();
        Change(decoder, """{"batb":[[0,2,10.5]],"batl":[[0,2.02,4]],"ltp":2,"tv":100,"id":47972}""");
        var message = BetfairMessages.ToMessage(decoder.Changes[0]);
        Assert.Equal(
            ["event_id", "market_id", "selection_id", "exchange", "back_price", "back_size", "lay_price", "lay_size",
                "last_traded_price", "matched_amount"],
            message.Keys());
        Assert.Equal(("77", "1.1", "47972", 2.0, 100.0, 2_000_000L), (message.Get("event_id"), message.Get("market_id"),
            message.Get("selection_id"), message.Get("back_price"), message.Get("matched_amount"), message.TimestampNs));
        Change(decoder, """{"batb":[[0,0,0]],"id":47972}""");
        var empty = BetfairMessages.ToMessage(decoder.Changes[0]);
        Assert.Equal((null, 0.0), (empty.Get("back_price"), empty.Get("back_size")));
    }

    [Theory]
    [InlineData("{", BetfairLineKind.Malformed)]
    [InlineData("""{"op":"mcm","mc":[{"rc":[]}]}""", BetfairLineKind.Malformed)]
    [InlineData("""{"op":"mcm","mc":[{"id":"1","img":true,"rc":[{"atb":[[1]],"id":1}]}]}""", BetfairLineKind.Malformed)]
    [InlineData("""{"op":"new"}""", BetfairLineKind.Unknown)]
    [InlineData("[]", BetfairLineKind.Unknown)]
    [InlineData("", BetfairLineKind.Blank)]
    public void Lines_of_every_sort_are_safe(string line, BetfairLineKind kind) =>
        Assert.Equal(kind, new BetfairStreamDecoder().Decode(Bytes(line)));

    private static void AssertReproduces(string recording, string expectation)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(expectation));
        var checkpoints = expected.RootElement.GetProperty("checkpoints").EnumerateArray()
            .ToDictionary(e => e.GetProperty("after_line").GetInt32());
        var decoder = new BetfairStreamDecoder();
        var line = 0;
        var compared = 0;
        foreach (var bytes in Feeds.Lines(recording))
        {
            Assert.Equal(BetfairLineKind.MarketChange, decoder.Decode(bytes));
            if (!checkpoints.TryGetValue(++line, out var checkpoint))
                continue;
            Assert.Equal(checkpoint.GetProperty("pt").GetInt64(), decoder.PublishTimeMs);
            Assert.Equal(checkpoint.GetProperty("clk").GetString(), decoder.Clock);
            var markets = checkpoint.GetProperty("markets").EnumerateObject().ToList();
            Assert.Equal(markets.Select(m => m.Name), decoder.Markets.Keys);
            foreach (var market in markets)
                Assert.Equal(Canonical(market.Value), State(decoder.Markets[market.Name]));
            compared++;
        }
        Assert.Equal(expected.RootElement.GetProperty("lines").GetInt32(), line);
        Assert.Equal(checkpoints.Count, compared);
    }

    // Both sides as one text with numbers in one spelling (12.0 and 12 are the same price).
    private static string Canonical(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', element.EnumerateObject().Select(p => p.Name + ":" + Canonical(p.Value))) + "}",
        JsonValueKind.Array => "[" + string.Join(',', element.EnumerateArray().Select(Canonical)) + "]",
        JsonValueKind.Number => Text(element.GetDecimal()),
        _ => element.GetRawText(),
    };

    private static string State(BetfairMarket market) =>
        "{" + string.Join(',', (string[])
        [
            $"status:\"{market.Status}\"", $"inPlay:{(market.InPlay ? "true" : "false")}", $"betDelay:{market.BetDelay}",
            $"version:{market.Version}", $"numberOfActiveRunners:{market.ActiveRunners}",
            $"tv:{(market.TradedVolume is { } tv ? Text(tv) : "null")}",
            $"runners:[{string.Join(',', market.Runners.Select(State))}]",
        ]) + "}";

    private static string State(BetfairRunner runner)
    {
        var parts = new List<string> { $"id:{runner.Id}", $"hc:{Text(runner.Handicap)}" };
        if (runner.LastTradedPrice is { } ltp)
            parts.Add($"ltp:{Text(ltp)}");
        if (runner.TradedVolume is { } tv)
            parts.Add($"tv:{Text(tv)}");
        AddLadder(parts, "batb", runner.BestToBack, levels: true);
        AddLadder(parts, "batl", runner.BestToLay, levels: true);
        AddLadder(parts, "bdatb", runner.BestDisplayToBack, levels: true);
        AddLadder(parts, "bdatl", runner.BestDisplayToLay, levels: true);
        AddLadder(parts, "atb", runner.AvailableToBack, levels: false);
        AddLadder(parts, "atl", runner.AvailableToLay, levels: false);
        AddLadder(parts, "trd", runner.Traded, levels: false);
        AddLadder(parts, "spb", runner.StartingPriceBack, levels: false);
        AddLadder(parts, "spl", runner.StartingPriceLay, levels: false);
        return "{" + string.Join(',', parts) + "}";
    }

    private static void AddLadder(List<string> parts, string name, BetfairLadder? ladder, bool levels)
    {
        if (ladder is null)
            return;
        parts.Add($"{name}:[{string.Join(',', ladder.Entries.Select(e => levels
            ? $"[{Text(e.Key)},{Text(e.Value.Price)},{Text(e.Value.Size)}]" : $"[{Text(e.Value.Price)},{Text(e.Value.Size)}]"))}]");
    }

    private static string Text(decimal number) => number.ToString("0.############", System.Globalization.CultureInfo.InvariantCulture);

    private static BetfairStreamDecoder Market()
    {
        var decoder = new BetfairStreamDecoder();
        decoder.Decode(Bytes("""{"op":"mcm","pt":1,"mc":[{"id":"1.1","marketDefinition":{"eventId":"77","status":"OPEN"}}]}"""));
        return decoder;
    }

    private static void Change(BetfairStreamDecoder decoder, string runnerChanges) =>
        Assert.Equal(
            BetfairLineKind.MarketChange,
            decoder.Decode(Bytes($$"""{"op":"mcm","pt":2,"mc":[{"id":"1.1","rc":[{{runnerChanges}}]}]}""")));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
