using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Nbpy.EndToEnd.Tests;

/// <summary>Publishers, subscribers and the store killed with 9 in random order under load: what was published is in the store, once, or named as lost, once. Both sides are looked at themselves: the rings' files, and the points and <c>nbpy_gaps</c> as the store answers them. Kills for
/// <c>NBPY_CHAOS_SECONDS</c> (20); <c>NBPY_CHAOS_SEED</c> repeats an order (not its timing).</summary>
[Collection(OneSystem.Name)]
public sealed class RandomKillsTests
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(180);

    /// <summary>Its ring holds some four seconds, so that a subscriber that stays away for longer loses messages.</summary>
    private const string Lossy = "oanda_tick";

    /// <summary>Messages of ten seconds: the checkpoint's interval is one, and on a busy machine it comes late.</summary>
    private const int CheckpointLag = 2_000;

    private static readonly (string Topic, string Subscriber, string Field)[] Topics =
        [("kraken_tick", "kraken_influxdb_tick", "bid"), ("kraken_depth", "kraken_influxdb_depth", "bid_price"), (Lossy, "oanda_influxdb_tick", "bid")];

    private static readonly string[] Victims =
        ["Nbpy.EmbeddedInflux", .. Topics.SelectMany(t => (string[])["Nbpy.Publishers " + t.Topic, "Nbpy.Subscribers " + t.Subscriber])];

    private readonly HashSet<int> killed = [];

    [Fact]
    public async Task Restarted_by_command_and_killed_at_random_under_load_nothing_is_lost_but_what_is_named_and_nothing_is_stored_twice()
    {
        var seconds = Setting("NBPY_CHAOS_SECONDS", 20);
        var seed = Setting("NBPY_CHAOS_SEED", Environment.TickCount & 0xFFFF);
        await using var system = TestSystem.Create();
        system.KeepOnly([.. Topics.Select(t => t.Topic)]);
        system.Config["supervision"] = new JsonObject { ["initial_backoff"] = 0.2, ["max_backoff"] = 1, ["max_restarts"] = 100_000 };
        foreach (var publisher in system.Config["publishers"]!.AsArray())
        {
            var topic = publisher!["topic"]!.GetValue<string>();
            if (Topics.All(t => t.Topic != topic))
                continue;
            publisher["rate"] = 200;
            publisher["ring_messages"] = 1_000_000;
            publisher["ring_bytes"] = topic == Lossy ? 192 * 1024 : Math.Max(8, seconds / 10) * 1024 * 1024;
        }

        var published = Topics.Select(t => new PublishedMessages(system, t.Topic)).ToArray();
        using var stop = new CancellationTokenSource();
        var looking = LookAsync(published.Last(), stop.Token);
        system.Start("--source", "simulated");
        await system.WaitForOutputAsync("Streaming. Ctrl+C", RunLimit);
        await RestartByCommandAsync(system);
        await KillAsync(system, new Random(seed), TimeSpan.FromSeconds(seconds));
        await system.UntilAsync(async () => (await system.StatusAsync())!["services"]!.AsArray().All(
            s => s!["healthy"]?.GetValue<bool>() != false && s["state"]!.GetValue<string>() is "Running" or "Finished" && (s["counters"]?["spooled"]?.GetValue<long>() ?? 0) == 0));
        var restarts = (await system.StatusAsync())!["services"]!.AsArray().Sum(s => s!["restarts"]!.GetValue<int>());
        Assert.True(killed.Count >= 5 && restarts == killed.Count, $"{killed.Count} were killed, {restarts} restarted.\n{system.Output}");

        // Every topic once more, so that each has a message after its last gap.
        await Task.Delay(2_000, TestContext.Current.CancellationToken);
        system.Signal(PosixSignal.SIGINT);
        Assert.Equal(0, await system.WaitForExitAsync(TimeSpan.FromSeconds(90)));
        await system.AssertNoSurvivorsAsync(TimeSpan.FromSeconds(5));
        await stop.CancelAsync();
        await looking;

        var answers = await system.AskStoppedStoreAsync(
            [.. Topics.Select(t => $"SELECT \"{t.Field}\" FROM \"default\".\"{t.Topic}\" GROUP BY *"), "SELECT \"epoch\", \"from\", \"to\", \"count\" FROM nbpy_gaps GROUP BY topic, subscriber, reason"]);
        var said = $"{seconds} s, seed {seed}, {killed.Count} kills";
        for (var i = 0; i < Topics.Length; i++)
        {
            published[i].Look();
            published[i].AssertAllSeen();
            said += AssertEachOnce(Topics[i], published[i], answers[i], answers[^1]);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(said);
    }

    /// <summary>By command: no death, no budget used, and no neighbour goes down.</summary>
    private static async Task RestartByCommandAsync(TestSystem system)
    {
        foreach (var (name, command) in ((string, string)[])[("kraken_tick", "Nbpy.Publishers kraken_tick"), ("kraken_influxdb_tick", "Nbpy.Subscribers kraken_influxdb_tick"), ("influxdb", "Nbpy.EmbeddedInflux")])
        {
            var others = system.Survivors().Where(s => !s.Contains(command, StringComparison.Ordinal)).ToHashSet();
            var before = system.FindProcess(command);
            var (code, said) = await system.NbpyAsync("restart", name);
            Assert.True(code == 0, said + system.Output);
            await system.UntilAsync(async () => system.FindProcess(command) is { } now && now != before && (await system.ServiceAsync(name.Replace('_', '-')))["healthy"]?.GetValue<bool>() == true);
            Assert.Subset(system.Survivors().ToHashSet(), others.Where(o => o.Contains("Nbpy.Publishers", StringComparison.Ordinal) || o.Contains("Nbpy.Subscribers", StringComparison.Ordinal)).ToHashSet());
        }

        Assert.Equal(0, (await system.StatusAsync())!["services"]!.AsArray().Sum(s => s!["restarts"]!.GetValue<int>()));
    }

    /// <summary>One at a time, now and then two at once; and once in half a minute the lossy topic's subscriber whenever it comes, until its ring has gone round.</summary>
    private async Task KillAsync(TestSystem system, Random random, TimeSpan limit)
    {
        var start = TimeProvider.System.GetTimestamp();
        var keepDown = TimeSpan.FromSeconds(5);
        while (TimeProvider.System.GetElapsedTime(start) is var elapsed && elapsed < limit)
        {
            if (elapsed > keepDown)
            {
                keepDown = elapsed + TimeSpan.FromSeconds(30);
                while (TimeProvider.System.GetElapsedTime(start) - elapsed < TimeSpan.FromSeconds(5))
                {
                    Kill(system, "Nbpy.Subscribers oanda_influxdb_tick");
                    await Task.Delay(50, TestContext.Current.CancellationToken);
                }

                continue;
            }

            // A victim that is still on its way back is left alone; the next round comes anyway.
            for (var count = random.Next(4) == 0 ? 2 : 1; count > 0; count--)
                Kill(system, Victims[random.Next(Victims.Length)]);
            await Task.Delay(random.Next(300, 2_500), TestContext.Current.CancellationToken);
        }
    }

    private void Kill(TestSystem system, string victim)
    {
        if (system.FindProcess(victim) is { } pid && killed.Add(pid))
            TestSystem.Kill(pid, 9);
    }

    private static async Task LookAsync(PublishedMessages messages, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            messages.Look();
            await Task.Delay(100, stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static string AssertEachOnce((string Topic, string Subscriber, string Field) topic, PublishedMessages published, JsonArray points, JsonArray gaps)
    {
        var stored = published.Stored(points).ToList();
        var left = stored.ToHashSet();
        Assert.Equal(stored.Count, left.Count);
        var named = new HashSet<(ulong Epoch, ulong Sequence)>();
        var ranges = 0;
        foreach (var series in gaps.Where(g => g!["tags"]!["subscriber"]!.GetValue<string>() == topic.Subscriber))
        {
            Assert.Equal(topic.Topic, series!["tags"]!["topic"]!.GetValue<string>());
            Assert.Equal("not_in_ring", series["tags"]!["reason"]!.GetValue<string>());
            foreach (var row in series["values"]!.AsArray())
            {
                ranges++;
                var (epoch, from, to) = (row![1]!.GetValue<ulong>(), row[2]!.GetValue<ulong>(), row[3]!.GetValue<ulong>());
                Assert.Equal(to - from + 1, row[4]!.GetValue<ulong>());
                for (var sequence = from; sequence <= to; sequence++)
                    Assert.True(named.Add((epoch, sequence)), $"{topic.Topic}: _seq {sequence} of epoch {epoch} is named twice");
            }
        }

        Assert.Equal(published.Points.Count, published.Points.Values.Distinct().Count());
        var (silent, both) = (0, 0);
        foreach (var (message, point) in published.Points)
        {
            var isStored = left.Remove(point);
            var isNamed = named.Remove(message);
            silent += !isStored && !isNamed ? 1 : 0;
            both += isStored && isNamed ? 1 : 0;
        }

        var said = string.Create(
            CultureInfo.InvariantCulture, $"\n{topic.Topic}: {published.Points.Count:N0} published in {published.Epochs.Count} lives, {stored.Count:N0} stored, {published.Points.Count - stored.Count + both:N0} named as lost");
        // A subscriber that is killed goes on from a checkpoint that is up to a second old, older while it fetches what it missed: what it had stored
        // since, and the ring has no more, is named too.
        Assert.True(both <= (topic.Topic == Lossy ? ranges * CheckpointLag : 0), $"{said}; {both} both, {ranges} ranges");
        Assert.True(silent == 0 && left.Count == 0 && named.Count == 0, $"{said}; {silent} neither, {both} both, {left.Count} points and {named.Count} names of nothing that was published");
        Assert.True(published.Points.Count > 1_000, said);
        Assert.True(topic.Topic == Lossy ? stored.Count < published.Points.Count : stored.Count == published.Points.Count, said);
        return said;
    }

    private static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
