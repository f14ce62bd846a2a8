using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nbpy.Messaging;
using Nbpy.Publishers.Kraken.Live;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Kraken;

public sealed class KrakenExecutionsLiveTests : KrakenTests
{
    private const string OneOpenOrder = """{"order_id":"O1","symbol":"BTC/USD","order_qty":2.00000000,"cum_qty":0,"exec_type":"new","side":"buy","order_type":"limit","limit_price":100.5,"order_status":"new","timestamp":"2030-01-01T00:00:00.000000Z"}""";
    private int tokens;

    [Fact]
    public void The_signature_is_that_of_the_documentation()
    {
        // Kraken's public example, with its dummy key.
        var signer = new KrakenSigner("k", "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==");
        Assert.Equal(
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
            signer.Sign("/0/private/AddOrder", "1616492376594", "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"));
    }

    [Fact]
    public async Task The_composed_session_with_a_token_that_is_refused_once_yields_each_orders_life()
    {
        Venue.Rest = (path, body, headers) => Token(path, body, headers, tokens++ == 0 ? "WRONG" : "COMPOSED-TOKEN-1");
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        await peer.StatusAsync();
        var request = await peer.NextAsync();
        AssertRequest("""{"method":"subscribe","params":{"channel":"executions","token":"WRONG","snap_orders":true,"snap_trades":true},"req_id":1}""", request);
        await peer.RefuseAsync(request, "ESession:Invalid session");
        request = await peer.NextAsync(Clock);
        AssertRequest("""{"method":"subscribe","params":{"channel":"executions","token":"COMPOSED-TOKEN-1","snap_orders":true,"snap_trades":true},"req_id":2}""", request);
        await peer.AcknowledgeAsync(request);
        await run.UntilPhaseAsync(FeedPhase.Subscribed);
        foreach (var (_, frame, _) in Feeds.Steps(Feeds.Bundled("kraken/session_private_composed.jsonl")).Where(s => s.Direction == "s2c"))
        {
            var text = Encoding.UTF8.GetString(frame);
            if (text.Contains("\"channel\":\"executions\",\"type\"", StringComparison.Ordinal) || text.Contains("heartbeat", StringComparison.Ordinal))
                await peer.SendAsync(text);
        }

        await run.UntilCountAsync(7);
        const string New = "OK4GJX-KSTLS-7DZZO5 BTC/USD limit sell";
        Assert.Equal(
            [
                "OK4GJX-OPEN1-AAAAAA BTC/USD limit buy partially_filled 26599.9 2 0.5",
                $"{New} pending_new 26599.9 0.005 0", $"{New} new 26599.9 0.005 0",
                $"{New} partially_filled 26599.9 0.002 0.002", $"{New} partially_filled 26599.9 0.003 0.005", $"{New} filled 26599.9 0.005 0.005",
                "OK4GJX-OPEN1-AAAAAA BTC/USD limit buy canceled 26599.9 2 0.5",
            ],
            run.Messages.Select(Order));
        Assert.Equal(0.000015, run.Messages[3].Get("fee"));
        Assert.Equal([FeedPhase.Authenticating, FeedPhase.Connecting, FeedPhase.Subscribed, FeedPhase.Live], run.Phases.Select(p => p.Phase));
        Assert.Equal(["/0/private/GetWebSocketsToken", "/0/private/GetWebSocketsToken"], Venue.RestCalls);
        AssertNoSecret(run);
    }

    [Fact]
    public async Task A_gap_of_the_sequence_leads_to_one_new_subscription_and_what_became_of_lost_orders_is_asked_for()
    {
        Venue.Rest = (path, body, headers) => path.EndsWith("QueryOrders", StringComparison.Ordinal) ? Ends(body) : Token(path, body, headers, "T");
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Frame("snapshot", 1, OneOpenOrder, Open("O2"), Open("O3")));
        await run.UntilCountAsync(3);
        await peer.SendAsync(Frame("update", 2, Execution("E1", "O1", 0.25m, 0.25m)));
        // 3 and 4 are lost.
        await peer.SendAsync(Frame("update", 5, Execution("E4", "O1", 0.25m, 1m)));
        var request = await peer.NextAsync(Clock);
        Assert.Equal("unsubscribe", request.GetProperty("method").GetString());
        Assert.Contains("events are missing", run.Now.Reason, StringComparison.Ordinal);
        await peer.SendAsync(Frame("update", 7, Execution("E6", "O1", 0.25m, 1.5m)));
        await peer.AcknowledgeAsync(request);
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        // The snapshot: the lost fills, the known ones, the order as it now is; O2 and O3 have gone.
        await peer.SendAsync(Frame(
            "snapshot", 1, Open("O1", 1.5m, "partially_filled"), Execution("E1", "O1", 0.25m, 0.25m), Execution("E2", "O1", 0.25m, 0.5m), Execution("E4", "O1", 0.25m, 1m)));
        await run.UntilCountAsync(9);
        Assert.Equal(
            ["O1 new 2 0", "O2 new 2 0", "O3 new 2 0", "O1 partially_filled 0.25 0.25", "O1 partially_filled 0.25 1", "O1 partially_filled 0.25 1.5",
             "O1 partially_filled 0.25 0.5", "O2 filled 2 2", "O3 canceled 2 0"],
            run.Messages.Select(Short));
        Assert.Equal((1, 1), (run.Count(FeedCounters.Resyncs), Venue.Attempts));
        await run.UntilAsync(() => run.Now == new FeedStatus.Snapshot(FeedPhase.Live, "data flow"), "all is well");
        Assert.False(peer.HasRequest);
    }

    [Fact]
    public async Task After_a_reconnect_with_a_token_of_its_own_the_snapshot_repeats_nothing_and_fills_in_what_was_missed()
    {
        Venue.Rest = (path, body, headers) => path.EndsWith("QueryOrders", StringComparison.Ordinal) ? Ends(body) : Token(path, body, headers, $"T{++tokens}");
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        var request = await peer.WelcomeAsync();
        Assert.Equal("T1", request.GetProperty("params").GetProperty("token").GetString());
        // A fill of before the start is history, an open order is state.
        await peer.SendAsync(Frame("snapshot", 1, OneOpenOrder, Execution("E0", "O0", 1m, 1m)));
        await peer.SendAsync(Frame("update", 2, Execution("E1", "O1", 0.5m, 0.5m)));
        await peer.SendAsync(Frame("update", 2, Execution("E1", "O1", 0.5m, 0.5m)));
        await run.UntilCountAsync(2);
        peer.Abort();
        peer = await Venue.AcceptAsync(Clock);
        request = await peer.WelcomeAsync();
        Assert.Equal("T2", request.GetProperty("params").GetProperty("token").GetString());
        await peer.SendAsync(Frame("snapshot", 1, Execution("E1", "O1", 0.5m, 0.5m), Execution("E2", "O1", 1m, 1.5m), Open("O1", 1.5m, "partially_filled")));
        await run.UntilCountAsync(3);
        await peer.SendAsync(Frame("update", 2, Execution("E3", "O1", 0.5m, 2m)));
        await run.UntilCountAsync(4);
        Assert.Equal(["O1 new 2 0", "O1 partially_filled 0.5 0.5", "O1 partially_filled 1 1.5", "O1 partially_filled 0.5 2"], run.Messages.Select(Short));
        Assert.Equal((1, 1, 0), (run.Count(FeedCounters.Reconnects), run.Count(FeedCounters.Backfilled), run.Count(FeedCounters.Resyncs)));
    }

    [Fact]
    public async Task An_order_that_was_filled_while_nobody_listened_gets_its_fills_and_its_end()
    {
        Venue.Rest = (path, body, headers) => path.EndsWith("QueryOrders", StringComparison.Ordinal)
            ? """{"error":[],"result":{"O1":{"status":"closed","vol":"2.00000000","vol_exec":"2.00000000","fee":"0.2","closetm":1893456001.5}}}"""
            : Token(path, body, headers, "T");
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Frame("snapshot", 1, OneOpenOrder));
        await run.UntilCountAsync(1);
        peer.Abort();
        peer = await Venue.AcceptAsync(Clock);
        await peer.WelcomeAsync();
        await peer.SendAsync(Frame("snapshot", 1, Execution("E1", "O1", 0.5m, 0.5m), Execution("E2", "O1", 1.5m, 2m)));
        await run.UntilCountAsync(4);
        Assert.Equal(["O1 new 2 0", "O1 partially_filled 0.5 0.5", "O1 partially_filled 1.5 2", "O1 filled 2 2"], run.Messages.Select(Short));
        Assert.Equal(3, run.Count(FeedCounters.Backfilled));
    }

    [Fact]
    public async Task A_missed_fill_of_an_order_that_has_ended_is_told_as_it_was_then_and_takes_nothing_back()
    {
        Venue.Rest = (path, body, headers) => Token(path, body, headers, "T");
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Frame("snapshot", 1, OneOpenOrder));
        // The first fill is lost, the second and the end come.
        await peer.SendAsync(Frame("update", 3, Execution("E2", "O1", 1.5m, 2m), """{"order_id":"O1","exec_type":"filled","order_status":"filled","timestamp":"2030-01-01T00:00:02.000000Z"}"""));
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        await peer.SendAsync(Frame("snapshot", 1, Execution("E1", "O1", 0.5m, 0.5m), Execution("E2", "O1", 1.5m, 2m)));
        await run.UntilCountAsync(4);
        await peer.SendAsync(Frame("update", 2, """{"order_id":"O1","exec_type":"status","timestamp":"2030-01-01T00:00:03.000000Z"}"""));
        await run.UntilCountAsync(5);
        Assert.Equal(
            ["O1 new 2 0", "O1 partially_filled 1.5 2", "O1 filled 2 2", "O1 partially_filled 0.5 0.5", "O1 filled 2 2"], run.Messages.Select(Short));
    }

    [Fact]
    public async Task An_order_that_was_placed_and_filled_while_nobody_listened_is_told_from_its_fills_on()
    {
        Venue.Rest = (path, body, headers) => path.EndsWith("QueryOrders", StringComparison.Ordinal)
            ? """{"error":[],"result":{"O7":{"status":"closed","vol":"2.00000000","vol_exec":"2.00000000","fee":"0.2","closetm":1893456001.5}}}"""
            : Token(path, body, headers, "T");
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        // The fill of before the start is history: its order is asked for by nobody.
        await peer.SendAsync(Frame("snapshot", 1, Execution("E0", "O0", 1m, 1m)));
        await run.UntilPhaseAsync(FeedPhase.Live);
        peer.Abort();
        peer = await Venue.AcceptAsync(Clock);
        await peer.WelcomeAsync();
        await peer.SendAsync(Frame("snapshot", 1, Execution("E0", "O0", 1m, 1m), Execution("E1", "O7", 0.5m, 0.5m), Execution("E2", "O7", 1.5m, 2m)));
        await run.UntilCountAsync(3);
        Assert.Equal(["O7 partially_filled 0.5 0.5", "O7 partially_filled 1.5 2", "O7 filled  2"], run.Messages.Select(Short));
        Assert.Equal(0, run.Count("orders_without_known_end"));
    }

    [Fact]
    public async Task A_snapshot_in_two_frames_tells_no_history_and_asks_only_for_orders_that_have_gone()
    {
        Venue.Rest = (path, body, headers) => !path.EndsWith("QueryOrders", StringComparison.Ordinal) ? Token(path, body, headers, "T")
            : """{"error":[],"result":{"O2":{"status":"open","vol":"2","vol_exec":"0","fee":"0"},"O3":{"status":"canceled","vol":"2","vol_exec":"0","fee":"0","closetm":1893456002.5}}}""";
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Frame("snapshot", 1, OneOpenOrder, Execution("E0", "O0", 1m, 1m)));
        await peer.SendAsync(Frame("snapshot", 2, Open("O2"), Open("O3"), Execution("E8", "O8", 1m, 1m)));
        await run.UntilCountAsync(3);
        peer.Abort();
        peer = await Venue.AcceptAsync(Clock);
        await peer.WelcomeAsync();
        await peer.SendAsync(Frame("snapshot", 1, OneOpenOrder, Execution("E0", "O0", 1m, 1m), Execution("E9", "O1", 0.5m, 0.5m)));
        await peer.SendAsync(Frame("snapshot", 2, Open("O2")));
        await run.UntilCountAsync(5);
        await peer.SendAsync(Frame("update", 3, Execution("E10", "O2", 0.5m, 0.5m)));
        await run.UntilCountAsync(6);
        Assert.Equal(
            ["O1 new 2 0", "O2 new 2 0", "O3 new 2 0", "O1 partially_filled 0.5 0.5", "O3 canceled 2 0", "O2 partially_filled 0.5 0.5"],
            run.Messages.Select(Short));
        Assert.Equal((0, 0, 2), (run.Count("orders_without_known_end"), run.Count(FeedCounters.Resyncs), run.Count(FeedCounters.Backfilled)));
    }

    [Fact]
    public async Task A_message_that_cannot_be_decoded_leads_to_a_new_snapshot_before_another_one_shows_the_gap()
    {
        Venue.Rest = (path, body, headers) => Token(path, body, headers, "T");
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Frame("snapshot", 1, OneOpenOrder));
        await run.UntilCountAsync(1);
        await peer.SendAsync(Frame("update", 2, Execution("E1", "O1", 0.5m, 0.5m)).Replace("\"order_id\"", "\"order\"", StringComparison.Ordinal));
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        Assert.Contains("a message cannot be decoded", run.Now.Reason, StringComparison.Ordinal);
        await peer.AcknowledgeAsync(await peer.NextAsync(Clock));
        await peer.SendAsync(Frame("snapshot", 1, Execution("E1", "O1", 0.5m, 0.5m), Open("O1", 0.5m, "partially_filled")));
        await run.UntilCountAsync(2);
        Assert.Equal(["O1 new 2 0", "O1 partially_filled 0.5 0.5"], run.Messages.Select(Short));
    }

    [Theory]
    [InlineData("""{"token":7,"expires":900}""", "answered without a token")]
    [InlineData("""{"token":"T","expires":"900"}""", null)]
    [InlineData("""{"token":"T","expires":null}""", null)]
    [InlineData("""{"token":"T","expires":1e99}""", null)]
    [InlineData("""[]""", "answered without a token")]
    public async Task An_answer_to_the_call_for_a_token_ends_no_feed_whatever_it_holds(string answer, string? reason)
    {
        Venue.Rest = (_, _, _) => $$"""{"error":[],"result":{{answer}}}""";
        await using var run = Run();
        if (reason is null)
            await (await Venue.AcceptAsync()).WelcomeAsync();
        else
            await run.UntilAsync(() => run.Now.Reason.Contains(reason, StringComparison.Ordinal), "told");
    }

    [Theory]
    [InlineData("EAPI:Invalid key", FeedPhase.Refused, 60)]
    [InlineData("EAPI:Invalid signature", FeedPhase.Refused, 60)]
    [InlineData("EGeneral:Permission denied", FeedPhase.Refused, 60)]
    [InlineData("EAPI:Rate limit exceeded", FeedPhase.Connecting, 15)]
    [InlineData("EService:Unavailable", FeedPhase.Connecting, 1)]
    [InlineData("EAPI:Invalid nonce", FeedPhase.Connecting, 1)]
    public async Task A_token_that_cannot_be_had_is_shown_and_asked_for_again_when_that_makes_sense(string error, FeedPhase phase, int seconds)
    {
        Venue.Rest = (path, body, headers) => tokens++ == 0 ? $$"""{"error":["{{error}} of {{Key}}"]}""" : Token(path, body, headers, "T");
        await using var run = Run();
        await run.UntilAsync(() => run.Now.Reason.EndsWith($"{error} of ***", StringComparison.Ordinal), "shown");
        Assert.Equal(phase, run.Now.Phase);
        var at = Clock.GetUtcNow();
        var accept = Venue.AcceptAsync();
        await Clock.AdvanceUntilAsync(
            () => accept.IsCompleted || (Clock.GetUtcNow() - at).TotalSeconds > seconds * 0.96, "nearly another attempt", TimeSpan.FromSeconds(seconds / 50.0));
        // In small steps from here on: the new connection takes 5 s without a message for silence.
        await Clock.AdvanceUntilAsync(() => accept.IsCompleted, "another attempt", TimeSpan.FromMilliseconds(250));
        Assert.InRange((Clock.GetUtcNow() - at).TotalSeconds, seconds * 0.5, (seconds * 1.3) + 2);
        AssertNoSecret(run);
    }

    [Fact]
    public async Task A_fresh_token_that_is_refused_again_is_a_refusal_of_the_key()
    {
        Venue.Rest = (path, body, headers) => Token(path, body, headers, "NEVER-GOOD");
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        await peer.StatusAsync();
        await peer.RefuseAsync(await peer.NextAsync(), "ESession:Invalid session NEVER-GOOD");
        await peer.RefuseAsync(await peer.NextAsync(Clock), "ESession:Invalid session NEVER-GOOD");
        await run.UntilPhaseAsync(FeedPhase.Refused);
        Assert.Contains("WebSocket interface", run.Now.Reason, StringComparison.Ordinal);
        AssertNoSecret(run, "NEVER-GOOD");
    }

    [Fact]
    public async Task A_token_that_has_run_out_is_renewed_before_it_is_used_again()
    {
        Venue.Rest = (path, body, headers) => path.EndsWith("QueryOrders", StringComparison.Ordinal) ? Ends(body) : Token(path, body, headers, $"T{++tokens}");
        await using var run = Run();
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Frame("snapshot", 1, OneOpenOrder));
        await run.UntilCountAsync(1);
        for (var i = 0; i < 300; i++)
        {
            // Unknown frames show when they have been read; each keeps the connection alive.
            await peer.SendAsync("""{"channel":"tick of the test"}""");
            var seen = i + 1;
            await run.UntilAsync(() => run.Count(FeedCounters.Unknown) == seen, "read");
            Clock.Advance(TimeSpan.FromSeconds(3));
        }

        while (peer.HasRequest)
            Assert.Equal("ping", (await peer.NextAsync()).GetProperty("method").GetString());
        await peer.SendAsync(Frame("update", 9, Execution("E9", "O1", 0.5m, 0.5m)));
        var leave = await NextButPingAsync(peer);
        await peer.AcknowledgeAsync(leave);
        var again = await NextButPingAsync(peer);
        Assert.Equal(("unsubscribe", "T2", "subscribe", "T2"), (
            leave.GetProperty("method").GetString(), leave.GetProperty("params").GetProperty("token").GetString(),
            again.GetProperty("method").GetString(), again.GetProperty("params").GetProperty("token").GetString()));
    }

    [Fact]
    public void A_secret_that_is_none_and_a_key_that_is_missing_are_errors_of_the_configuration()
    {
        var config = Config(KnownClasses.KrakenOrders, []);
        Assert.Equal(["KRAKEN_API_KEY", "KRAKEN_API_SECRET"], KnownClasses.MissingCredentials(config, _ => null));
        Assert.Empty(KnownClasses.MissingCredentials(Config(KnownClasses.KrakenOrders, [], ("channel", "trade")), _ => null));
        var missing = Assert.Throws<ServiceStartException>(() => KrakenLiveFeeds.Create(config, Clock, Log, _ => null));
        Assert.Contains("options.channel 'trade' needs no key", missing.Message, StringComparison.Ordinal);
        var wrong = Assert.Throws<ServiceStartException>(() => KrakenLiveFeeds.Create(config, Clock, Log, _ => "planted, no base64!"));
        Assert.Contains("KRAKEN_API_SECRET", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", wrong.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("private_url", "ws://example.test/v2")]
    [InlineData("rest_url", "http://example.test")]
    public void Key_and_token_do_not_leave_the_machine_in_the_clear(string option, string value)
    {
        var error = Assert.Throws<ServiceStartException>(() => Source(Config(KnownClasses.KrakenOrders, [], (option, value))));
        Assert.Contains($"options.{option} is '{value}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("without TLS on this machine only", error.Message, StringComparison.Ordinal);
    }

    private FeedRun Run() => new(Source(Config(KnownClasses.KrakenOrders, [])));

    private async Task<JsonElement> NextButPingAsync(KrakenPeer peer)
    {
        while (true)
        {
            var request = await peer.NextAsync(Clock);
            if (request.GetProperty("method").GetString() != "ping")
                return request;
        }
    }

    // Checks key, signature and nonce as Kraken does.
    private static string? Token(string path, string body, IHeaderDictionary headers, string token)
    {
        if (path != "/0/private/GetWebSocketsToken")
            return null;
        var nonce = body["nonce=".Length..];
        return headers["API-Key"] != Key ? """{"error":["EAPI:Invalid key"]}"""
            : headers["API-Sign"] != new KrakenSigner(Key, Secret).Sign(path, nonce, body) ? """{"error":["EAPI:Invalid signature"]}"""
            : $$$"""{"error":[],"result":{"token":"{{{token}}}","expires":900}}""";
    }

    // O2 was filled, O3 cancelled.
    private static string Ends(string body)
    {
        Assert.Contains("txid=O2%2CO3", body, StringComparison.Ordinal);
        return """{"error":[],"result":{"O2":{"status":"closed","vol":"2.00000000","vol_exec":"2.00000000","fee":"0.1","closetm":1893456001.5},"O3":{"status":"canceled","vol":"2.00000000","vol_exec":"0.00000000","fee":"0","closetm":1893456002.5}}}""";
    }

    private static string Open(string id, decimal filled = 0, string status = "new") => OneOpenOrder
        .Replace("\"O1\"", $"\"{id}\"", StringComparison.Ordinal).Replace("\"order_status\":\"new\"", $"\"order_status\":\"{status}\"", StringComparison.Ordinal)
        .Replace("\"cum_qty\":0", string.Create(CultureInfo.InvariantCulture, $"\"cum_qty\":{filled}"), StringComparison.Ordinal);

    private static string Execution(string id, string order, decimal quantity, decimal sum) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"order_id":"{{{order}}}","exec_id":"{{{id}}}","exec_type":"trade","symbol":"BTC/USD","side":"buy","last_qty":{{{quantity}}},"last_price":100.5,"order_type":"limit","timestamp":"2030-01-01T00:00:01.000000Z","order_status":"partially_filled","cum_qty":{{{sum}}},"fees":[{"asset":"USD","qty":0.1}]}""");

    private static string Frame(string type, int sequence, params string[] entries) =>
        $$"""{"channel":"executions","type":"{{type}}","data":[{{string.Join(',', entries)}}],"sequence":{{sequence}}}""";

    private static string Order(MarketMessage m) => string.Create(
        CultureInfo.InvariantCulture,
        $"{m.Get("order_id")} {m.Get("pair")} {m.Get("type")} {m.Get("side")} {m.Get("status")} {m.Get("price")} {m.Get("amount")} {m.Get("filled_amount")}");

    private static string Short(MarketMessage m) => string.Create(
        CultureInfo.InvariantCulture, $"{m.Get("order_id")} {m.Get("status")} {m.Get("amount")} {m.Get("filled_amount")}");

    private static void AssertRequest(string expected, JsonElement request)
    {
        using var document = JsonDocument.Parse(expected);
        Assert.True(JsonElement.DeepEquals(document.RootElement, request), request.GetRawText());
    }

    private void AssertNoSecret(FeedRun run, params ReadOnlySpan<string> more)
    {
        foreach (var secret in (string[])[Key, Secret, "COMPOSED-TOKEN-1", .. more])
            Assert.DoesNotContain(secret, run.Texts + Log.All, StringComparison.Ordinal);
    }
}
