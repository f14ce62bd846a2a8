namespace Nbpy.Influx.Tests;

public sealed class StorePathTests
{
    private readonly SettableClock time = new();

    [Fact]
    public void A_clock_that_is_set_back_prolongs_no_wait()
    {
        var path = Path();
        path.Failed(new WriteResult(WriteStatus.Unavailable, "away", TimeSpan.FromSeconds(5)));
        time.Now -= TimeSpan.FromHours(1);
        time.Elapsed += TimeSpan.FromSeconds(5);
        Assert.Equal(TimeSpan.Zero, path.Wait);
    }

    [Fact]
    public void Of_requests_that_failed_together_the_longest_wait_that_the_store_asks_for_holds()
    {
        var path = Path();
        Assert.True(path.Failed(new WriteResult(WriteStatus.Unavailable, "cut off")));
        Assert.False(path.Failed(new WriteResult(WriteStatus.Unavailable, "busy", TimeSpan.FromSeconds(60))));
        Assert.False(path.Failed(new WriteResult(WriteStatus.Unavailable, "busy", TimeSpan.FromSeconds(20))));
        Assert.Equal(TimeSpan.FromSeconds(60), path.Wait);
        Assert.True(path.Answered());
        Assert.Equal(TimeSpan.Zero, path.Wait);
    }

    /// <summary>Its time of day can be set, as a machine's, without time going by.</summary>
    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now + Elapsed;

        public override long GetTimestamp() => Elapsed.Ticks;
    }

    private StorePath Path() => new(time, TimeSpan.FromSeconds(5), () => 1);
}
