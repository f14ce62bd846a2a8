using System.Globalization;
using System.Text.Json.Nodes;
using Nbpy.Messaging;
using Nbpy.Publishers.Betfair.Live;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Live.Betfair;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>Back prices only rise, so that an old one shows. The venue breaks off inside lines and segments, falls silent, marks data
/// unreliable, sends broken lines and changes of earlier subscriptions, and refuses clocks.</summary>
internal sealed class BetfairSoak(int seed) : SoakFeed("betfair_stream", seed)
{
    private static readonly int[] Selections = [10, 11, 12];
    private readonly BetfairVenue venue = new();
    private readonly Dictionary<int, (int Price, int Clock)> now = Selections.ToDictionary(s => s, s => (s, 0));
    private int clock;

    public override bool IsSettled(IReadOnlyList<MarketMessage> messages) => Unsettled(messages).Length == 0;

    public override string Unsettled(IReadOnlyList<MarketMessage> messages) => string.Join(", ", now
        .Select(n => (n.Key, n.Value.Price, Said: messages.LastOrDefault(m => Selection(m) == n.Key)?.Get("back_price")))
        .Where(n => n.Said is not double said || said != n.Price).Select(n => $"{n.Key}: {n.Said} for {n.Price}"));

    public override void Verify(IReadOnlyList<MarketMessage> messages)
    {
        foreach (var (selection, (price, _)) in now)
        {
            var last = 0.0;
            foreach (var message in messages.Where(m => Selection(m) == selection))
            {
                var back = (double)message.Get("back_price")!;
                Assert.True(back > last && back <= price, $"{selection}: {back} after {last}");
                last = back;
            }
        }
    }

    public override async Task ServeAsync(CancellationToken end)
    {
        while (await venue.TryAcceptAsync(end) is { } peer)
        {
            Accepted++;
            using (peer)
            {
                try
                {
                    await ConnectionAsync(peer, end);
                }
                catch (Exception e) when (IsGone(e) || e is TimeoutException or ArgumentNullException)
                {
                    // The client has gone: its right, and counted by it.
                }
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (Run is not null)
            await Run.DisposeAsync();
        await venue.DisposeAsync();
    }

    protected override Task<LiveSource> CreateAsync() => Task.FromResult<LiveSource>(new BetfairLiveSource(
        new BetfairLiveOptions(
            Config(KnownClasses.BetfairStream, ["1.25"], venue.Url, venue.Url, ("ca_file", venue.Certificate.CaFile), ("heartbeat_ms", "5000"), ("keep_alive_minutes", "600")),
            v => v switch { "BETFAIR_APP_KEY" => "the-key", "BETFAIR_SESSION_TOKEN" => "a-session-of-tests", _ => null }),
        TimeProvider.System, new LogLines()));

    private static int Selection(MarketMessage message) => int.Parse((string)message.Get("selection_id")!, CultureInfo.InvariantCulture);

    private async Task ConnectionAsync(BetfairVenue.Peer peer, CancellationToken end)
    {
        await peer.SendAsync("""{"op":"connection","connectionId":"206-1"}""");
        await peer.ReadAsync();
        await peer.SendAsync("""{"op":"status","id":1,"statusCode":"SUCCESS","connectionClosed":false}""");
        var subscription = await peer.ReadAsync();
        var id = subscription["id"]!.GetValue<long>();
        var known = subscription["clk"] is JsonValue value ? int.Parse(value.GetValue<string>(), CultureInfo.InvariantCulture) : (int?)null;
        if (known is not null && Happens("refused clock", 4))
        {
            await peer.SendAsync("""{"op":"status","statusCode":"FAILURE","errorCode":"INVALID_CLOCK","errorMessage":"old","connectionClosed":true}""");
            return;
        }

        await peer.SendAsync($$"""{"op":"status","id":{{id}},"statusCode":"SUCCESS","connectionClosed":false}""");
        await SayAsync(peer, id, known is null ? "SUB_IMAGE" : "RESUB_DELTA", Selections.Where(s => known is null || now[s].Clock > known));
        var oneIn = Connection.TotalMilliseconds / 5 * 3;
        for (var beat = 0; !end.IsCancellationRequested; beat++)
        {
            if (Happens("abort", oneIn))
            {
                await peer.SendRawAsync(Line(id, null, "", [Move()])[..Random.Next(60)]);
                return;
            }

            if (Happens("silence", oneIn * 3))
            {
                await Task.Delay(TimeSpan.FromSeconds(4), end);
                return;
            }

            if (Happens("malformed", oneIn * 2))
            {
                await peer.SendAsync("""{"op":"mcm","mc":[{"id":""");
                await Task.Delay(50, end);
                return;
            }

            if (Happens("earlier subscription", 100))
                await peer.SendAsync(Line(id - 1, null, ",\"clk\":\"1\"", Selections).Replace("\"batb\":[[0,", "\"batb\":[[0,9", StringComparison.Ordinal));
            if (Happens("unknown", 200))
                await peer.SendAsync("""{"op":"weather"}""");
            if (!Quiet)
                await SayAsync(peer, id, null, Random.Next(4) == 0 ? [Move(), Move()] : [Move()]);
            if (beat % 40 == 0)
                await peer.SendAsync($$"""{"op":"mcm","id":{{id}},"ct":"HEARTBEAT","clk":"{{clock}}","pt":{{1_768_473_000_000 + clock}}}""");
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private int Move()
    {
        var selection = Selections[Random.Next(Selections.Length)];
        now[selection] = (now.Values.Max(n => n.Price) + 1, ++clock);
        return selection;
    }

    // Whole or in two segments (which may break off between them), reliable or not.
    private async Task SayAsync(BetfairVenue.Peer peer, long id, string? type, IEnumerable<int> selections)
    {
        var all = selections.Distinct().ToList();
        var more = $",\"clk\":\"{clock}\"" + (type == "SUB_IMAGE" ? ",\"initialClk\":\"0\",\"heartbeatMs\":5000" : "") + (type is null && Happens("unreliable", 50) ? ",\"status\":503" : "");
        if (all.Count < 2 || Random.Next(2) == 0)
        {
            await peer.SendAsync(Line(id, type, more, all));
            return;
        }

        await peer.SendAsync(Line(id, type, ",\"segmentType\":\"SEG_START\"", all[..1]));
        if (Happens("cut between segments", 20))
            throw new IOException("cut");
        await peer.SendAsync(Line(id, type, ",\"segmentType\":\"SEG_END\"" + more, all[1..], image: false));
    }

    private string Line(long id, string? type, string more, IEnumerable<int> selections, bool image = true)
    {
        var definition = type == "SUB_IMAGE" && image ? ",\"img\":true,\"marketDefinition\":{\"eventId\":\"77\",\"status\":\"OPEN\",\"version\":1}" : "";
        var kind = type is null ? "" : $",\"ct\":\"{type}\"";
        var changes = string.Join(',', selections.Select(s => $$"""{"id":{{s}},"batb":[[0,{{now[s].Price}},5]]}"""));
        return $$$"""{"op":"mcm","id":{{{id}}}{{{kind}}}{{{more}}},"pt":{{{1_768_473_000_000 + clock}}},"mc":[{"id":"1.25"{{{definition}}},"rc":[{{{changes}}}]}]}""";
    }
}
