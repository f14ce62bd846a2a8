using System.Text.Json;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Oanda.Live;
using Nbpy.Publishers.Tests.Replay;
using static Nbpy.Publishers.Tests.Live.Oanda.OandaWire;

namespace Nbpy.Publishers.Tests.Live.Oanda;

/// <summary>A publisher that starts again goes on where it stopped.</summary>
public sealed class OandaResumeTests : OandaTests, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-resume-").FullName;

    private string File => Path.Combine(folder, "oanda.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_happened_while_the_publisher_was_away_is_published_once_and_its_orders_are_known()
    {
        await using (var run = Orders(folder))
        {
            var peer = await Venue.AcceptAsync();
            await peer.SendAsync(Heartbeat(100));
            await peer.SendAsync(LimitOrder(101, -7));
            await peer.SendAsync(LimitOrder(102));
            await run.UntilCountAsync(2);
        }

        Venue.Record(LimitOrder(101, -7), LimitOrder(102), Fill(103, 102), LimitOrder(104), Cancel(105, 101));
        await using (var run = Orders(folder))
        {
            var peer = await Venue.AcceptAsync();
            await peer.SendAsync(Cancel(105, 101));
            await peer.SendAsync(Cancel(106, 104));
            await run.UntilCountAsync(4);
            // The cancel says nothing of its order; the mark does.
            Assert.Equal(
                ["102 filled limit 100", "104 pending limit 100", "101 cancelled limit -7", "104 cancelled limit 100"], run.Messages.Select(Order));
            Assert.Equal("sell", run.Messages[2].Get("side"));
            Assert.Equal((3, 1), (run.Count(FeedCounters.Backfilled), run.Count(FeedCounters.Repeated)));
        }

        Assert.Equal(["transactions/sinceid?id=102"], Venue.Calls);
        using var mark = JsonDocument.Parse(await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken));
        Assert.Equal(("106", 0), (mark.RootElement.GetProperty("last_transaction_id").GetString(), mark.RootElement.GetProperty("orders").GetArrayLength()));
        Assert.DoesNotContain(OandaEmulator.Account, mark.RootElement.GetRawText(), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public async Task What_the_publisher_did_not_take_over_is_fetched_by_the_next_one()
    {
        Venue.Record([.. Enumerable.Range(101, 20).Select(id => LimitOrder(id))]);
        using var gate = new SemaphoreSlim(4);
        string[] taken;
        await using (var run = Orders(folder, gate))
        {
            var peer = await Venue.AcceptAsync();
            await peer.SendAsync(Heartbeat(100));
            foreach (var id in Enumerable.Range(101, 20))
                await peer.SendAsync(LimitOrder(id));
            await peer.SendAsync("""{"type":"SOMETHING"}""");
            await run.UntilAsync(() => run.Count(FeedCounters.Unknown) == 1, "all is read");
            await run.UntilCountAsync(5);
            // The fifth is in hand: nobody knows that it went out.
            taken = [.. run.Messages.Take(4).Select(m => (string)m.Get("order_id")!)];
        }

        await using (var run = Orders(folder))
        {
            await Venue.AcceptAsync();
            await run.UntilCountAsync(16);
            Assert.Equal(Enumerable.Range(101, 20).Select(id => $"{id}"), taken.Concat(run.Messages.Select(m => (string)m.Get("order_id")!)));
        }
    }

    [Fact]
    public async Task A_quiet_account_is_in_step_by_its_heartbeats()
    {
        await using (var run = Orders(folder))
        {
            await (await Venue.AcceptAsync()).SendAsync(Heartbeat(100));
            await run.UntilPhaseAsync(FeedPhase.Live);
        }

        Venue.Record(LimitOrder(101));
        await using (var run = Orders(folder))
        {
            await Venue.AcceptAsync();
            await run.UntilCountAsync(1);
        }
    }

    [Theory]
    [InlineData("not json", "cannot be read")]
    [InlineData("{}", "mark of another account")]
    public async Task A_file_that_is_no_mark_of_this_account_is_told_and_left_alone(string content, string told)
    {
        await System.IO.File.WriteAllTextAsync(File, content, TestContext.Current.CancellationToken);
        await using var run = Orders(folder);
        await (await Venue.AcceptAsync()).SendAsync(LimitOrder(500));
        await run.UntilCountAsync(1);
        Assert.Contains(told, Log.All, StringComparison.Ordinal);
        Assert.Empty(Venue.Calls);
    }

    [Fact]
    public void A_mark_too_old_to_go_on_from_is_a_gap()
    {
        var mark = new OandaResume(File, "A", Clock, Log);
        mark.CaughtUp(100);
        Assert.Equal(100, new OandaResume(File, "A", Clock, Log).Last);
        Assert.Null(new OandaResume(File, "B", Clock, Log).Last);
        Clock.Advance(OandaResume.Oldest + TimeSpan.FromMinutes(1));
        var later = new OandaResume(File, "A", Clock, Log);
        Assert.Null(later.Last);
        Assert.True(later.TooOld);
        // A publisher that runs keeps it young, however quiet the account.
        mark.CaughtUp(100);
        Assert.Equal(100, new OandaResume(File, "A", Clock, Log).Last);
    }

    [Fact]
    public async Task A_mark_that_cannot_be_written_is_told_once_and_publishing_goes_on()
    {
        await System.IO.File.WriteAllTextAsync(Path.Combine(folder, "file"), "", TestContext.Current.CancellationToken);
        await using var run = Orders(Path.Combine(folder, "file"));
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(LimitOrder(100));
        await peer.SendAsync(LimitOrder(101));
        await run.UntilCountAsync(2);
        await run.UntilAsync(() => Log.All.Contains("cannot be written", StringComparison.Ordinal), "told");
        Assert.Equal(2, Log.All.Split("cannot be written").Length);
    }
}
