using Nbpy.EmbeddedInflux.ContinuousQueries;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.InfluxQl.Execution;
using Nbpy.EmbeddedInflux.Meta;
using Nbpy.EmbeddedInflux.Tests.InfluxQl;

namespace Nbpy.EmbeddedInflux.Tests.ContinuousQueries;

/// <summary>When continuous queries run, over what times, and what they store.</summary>
public class ContinuousQueryTests
{
    private const long Second = 1_000_000_000;
    private const long Minute = 60 * Second;

    private static ContinuousQuerySchedule Schedule(long interval, long every = 0, long span = 0, long offset = 0) =>
        new(new Buckets(interval, offset, TimeZoneInfo.Utc), every, span);

    [Fact]
    public void The_interval_that_is_under_way_at_the_start_is_the_first_to_be_computed()
    {
        var schedule = Schedule(Minute);
        Assert.Null(schedule.Due((10 * Minute) + (30 * Second)));
        Assert.Null(schedule.Due((11 * Minute) - 1));
        Assert.Equal((10 * Minute, 11 * Minute), schedule.Due(11 * Minute));
        Assert.Null(schedule.Due((11 * Minute) + Second));
        Assert.Equal((11 * Minute, 12 * Minute), schedule.Due((12 * Minute) + (7 * Second)));
    }

    [Fact]
    public void Intervals_missed_are_made_up_for()
    {
        var schedule = Schedule(Minute);
        schedule.Due(10 * Minute);
        Assert.Equal((10 * Minute, 15 * Minute), schedule.Due((15 * Minute) + Second));
    }

    [Fact]
    public void Resample_every_recomputes_the_interval_under_way()
    {
        var schedule = Schedule(Minute, every: 20 * Second);
        schedule.Due(10 * Minute);
        Assert.Equal((10 * Minute, 11 * Minute), schedule.Due((10 * Minute) + (20 * Second)));
        Assert.Equal((10 * Minute, 11 * Minute), schedule.Due((10 * Minute) + (40 * Second)));
        Assert.Equal((10 * Minute, 11 * Minute), schedule.Due(11 * Minute));
    }

    [Fact]
    public void Resample_for_reaches_back()
    {
        var schedule = Schedule(Minute, span: 3 * Minute);
        schedule.Due(10 * Minute);
        Assert.Equal((8 * Minute, 11 * Minute), schedule.Due(11 * Minute));
    }

    [Fact]
    public void An_offset_moves_the_intervals()
    {
        var schedule = Schedule(Minute, offset: 15 * Second);
        schedule.Due(10 * Minute);
        Assert.Null(schedule.Due((10 * Minute) + (14 * Second)));
        Assert.Equal(((9 * Minute) + (15 * Second), (10 * Minute) + (15 * Second)), schedule.Due((10 * Minute) + (15 * Second)));
    }

    [Fact]
    public void A_clock_set_back_does_not_stop_a_query()
    {
        var schedule = Schedule(Minute);
        schedule.Due(100 * Minute);
        Assert.Null(schedule.Due(10 * Minute));
        Assert.Equal((10 * Minute, 11 * Minute), schedule.Due(11 * Minute));
    }

    [Fact]
    public async Task Ticks_become_candles_in_another_policy()
    {
        using var store = new MemoryStore();
        store.CreateDatabase("tick");
        store.PutRetentionPolicy("tick", new Nbpy.EmbeddedInflux.Storage.RetentionPolicy("long_term", TimeSpan.FromDays(365), TimeSpan.FromDays(7), 1, false));
        var time = new SettableTime(DateTimeOffset.UnixEpoch.AddMinutes(10).AddSeconds(5));
        var meta = new MetaStore(null);
        var engine = new QueryEngine(store, time, meta);
        var made = await engine.ExecuteAsync(
            new QueryRequest("CREATE CONTINUOUS QUERY c ON tick BEGIN SELECT first(bid) AS open, max(bid) AS high, min(bid) AS low, last(bid) AS close"
                + " INTO \"tick\".\"long_term\".\"kraken_tick_1m\" FROM \"tick\".\"autogen\".kraken_tick GROUP BY time(1m), * END"),
            TestContext.Current.CancellationToken);
        Assert.Null(made[0].Error);
        foreach (var (bid, second) in ((int, int)[])[(5, 600), (9, 610), (3, 620), (7, 659), (100, 660)])
            store.Write("tick", "autogen", $"kraken_tick,pair=X bid={bid} {second * Second}");
        var errors = new List<string>();
        var service = new ContinuousQueryService(meta, engine, time, errors.Add);
        await service.RunDueAsync(TestContext.Current.CancellationToken);
        Assert.Empty(store.Written);
        time.Now += TimeSpan.FromSeconds(55);
        await service.RunDueAsync(TestContext.Current.CancellationToken);
        await service.RunDueAsync(TestContext.Current.CancellationToken);
        Assert.Empty(errors);
        Assert.Equal(["kraken_tick_1m,pair=X open=5,high=9,low=3,close=7 600000000000"], store.Written);
    }

    [Fact]
    public async Task A_query_that_fails_is_reported_and_the_others_run()
    {
        using var store = new MemoryStore();
        store.CreateDatabase("d");
        store.Write("d", "autogen", "m v=1 600000000000");
        var time = new SettableTime(DateTimeOffset.UnixEpoch.AddMinutes(10));
        var meta = new MetaStore(null);
        meta.CreateContinuousQuery(new ContinuousQuery("d", "bad", "CREATE CONTINUOUS QUERY bad ON d BEGIN SELECT mean(v) INTO nowhere..x FROM m GROUP BY time(1m) END"));
        meta.CreateContinuousQuery(new ContinuousQuery("d", "good", "CREATE CONTINUOUS QUERY good ON d BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(1m) END"));
        var errors = new List<string>();
        var service = new ContinuousQueryService(meta, new QueryEngine(store, time, meta), time, errors.Add);
        await service.RunDueAsync(TestContext.Current.CancellationToken);
        time.Now += TimeSpan.FromMinutes(1);
        await service.RunDueAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["continuous query bad of d failed: database not found: nowhere"], errors);
        Assert.Equal(["x mean=1 600000000000"], store.Written);
    }

    private sealed class SettableTime(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
