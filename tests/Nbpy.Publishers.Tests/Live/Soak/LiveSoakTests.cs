using System.Globalization;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>The publishers of the four venues, every feed of them at once, in real time against venues that break at random; what they publish is
/// heard by a subscriber over ZeroMQ. Half a minute, or (in CI two minutes) the seconds of NBPY_SOAK_SECONDS; NBPY_SOAK_SEED
/// repeats one (a seed makes the same faults, not the same timing).</summary>
public sealed class LiveSoakTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Under_random_faults_nothing_is_stale_nothing_doubled_and_every_reconnect_is_counted()
    {
        var seconds = Setting("NBPY_SOAK_SECONDS", 30);
        var seed = Setting("NBPY_SOAK_SEED", Environment.TickCount & 0xFFFF);
        output.WriteLine($"{seconds} s, seed {seed}");
        SoakFeed[] feeds =
        [
            new KrakenTickSoak(seed), new KrakenDepthSoak(seed + 1), new KrakenTradeSoak(seed + 2), new KrakenExecutionsSoak(seed + 3),
            new OandaTickSoak(seed + 4), new OandaOrdersSoak(seed + 5), new BetfairSoak(seed + 6), new TwitterSoak(seed + 7),
        ];
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        try
        {
            foreach (var feed in feeds)
            {
                // Kraken and X let nobody connect more often than 45 times in ten or fifteen minutes, also in scaled ones.
                if (seconds > 60)
                    feed.Connection = TimeSpan.FromSeconds(8);
                await feed.StartAsync();
            }

            var serving = feeds.Select(f => Task.Run(() => f.ServeAsync(end.Token))).ToArray();
            await Task.WhenAll(feeds.Select(f => f.Run.UntilPhaseAsync(FeedPhase.Live)));
            foreach (var feed in feeds)
                feed.Breaking = true;
            await Task.WhenAny(Task.WhenAny(serving), Task.Delay(TimeSpan.FromSeconds(seconds), end.Token));
            foreach (var feed in feeds)
                feed.Breaking = false;
            // The venues are well again: each feed comes back by itself and catches up, and then the markets stop.
            await Task.WhenAll(feeds.Select(f => f.Run.UntilAsync(() => f.Run.Now.Phase == FeedPhase.Live && f.Run.Now.Reason == "data flow", $"{f.Name} is well again")));
            // What was lost last shows with what comes after it.
            await Task.Delay(TimeSpan.FromSeconds(2), end.Token);
            foreach (var feed in feeds)
                feed.Quiet = true;
            await Task.WhenAll(feeds.Select(f => f.Run.UntilAsync(() => f.IsSettled(f.Run.Messages), () => $"{f.Name} says what the venue says: {f.Unsettled(f.Run.Messages)}")));
            await Task.WhenAll(feeds.Select(f => f.Run.UntilAsync(
                () => f.Accepted - 1 == f.Run.Count(FeedCounters.Reconnects), $"{f.Name} has counted every reconnect of {f.Accepted} connections")));
            await end.CancelAsync();
            await Task.WhenAll(serving);
            foreach (var feed in feeds)
                Check(feed);
        }
        finally
        {
            await end.CancelAsync();
            foreach (var feed in feeds)
                await feed.DisposeAsync();
        }
    }

    private void Check(SoakFeed feed)
    {
        var messages = feed.Run.Messages;
        var counters = feed.Run.Source.Status.Counters;
        output.WriteLine($"{feed.Name}: {messages.Count} messages, {feed.Accepted} connections; faults: {string.Join(", ", feed.Faults)}; counters: {string.Join(", ", counters)}");
        Assert.NotEmpty(messages);
        Assert.NotEmpty(feed.Faults);
        Assert.All(messages, m => Assert.Equal("live", m.Source));
        feed.Verify(messages);
    }

    private static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
