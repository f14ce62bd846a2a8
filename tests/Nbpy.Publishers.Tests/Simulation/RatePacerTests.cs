using Nbpy.Publishers.Simulation;

namespace Nbpy.Publishers.Tests.Simulation;

public sealed class RatePacerTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(15)]
    [InlineData(99.5)]
    [InlineData(1000)]
    [InlineData(50_000)]
    public void The_rate_is_kept_for_hours_without_drift(double rate)
    {
        var pacer = new RatePacer(rate);
        var (elapsed, end, total, wakeups) = (TimeSpan.Zero, TimeSpan.FromMinutes(30), 0L, 0L);
        while (elapsed < end)
        {
            var (due, wait) = pacer.Next(elapsed);
            Assert.True(wait >= TimeSpan.FromMilliseconds(10), $"{wait}");
            total += due;
            wakeups++;
            // Timers are late by a little every time.
            elapsed += wait + TimeSpan.FromMilliseconds(0.3);
        }
        // At most what a wake-up's wait is worth.
        Assert.InRange(total - (rate * end.TotalSeconds), -1 - (rate * 0.011), 1 + (rate * 0.011));
        Assert.True(wakeups <= (100 * end.TotalSeconds) + 1, $"{wakeups}");
        Assert.True(wakeups <= (rate * end.TotalSeconds * 1.01) + 2, $"{wakeups}: woken for nothing");
    }

    [Fact]
    public void The_first_message_is_due_at_once_and_the_next_at_its_time()
    {
        var pacer = new RatePacer(4);
        Assert.Equal((1, TimeSpan.FromMilliseconds(250)), pacer.Next(TimeSpan.Zero));
        Assert.Equal((0, TimeSpan.FromMilliseconds(150)), pacer.Next(TimeSpan.FromMilliseconds(100)));
        Assert.Equal((1, TimeSpan.FromMilliseconds(240)), pacer.Next(TimeSpan.FromMilliseconds(260)));
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(10)]
    [InlineData(1000)]
    public void After_a_stall_a_second_is_caught_up_and_the_rate_goes_on(double rate)
    {
        var pacer = new RatePacer(rate);
        pacer.Next(TimeSpan.Zero);
        var stall = TimeSpan.FromHours(8);
        Assert.Equal((int)Math.Ceiling(rate), pacer.Next(stall).Due);
        Assert.Equal(0, pacer.Next(stall).Due);
        var after = 0L;
        for (var elapsed = stall; elapsed < stall + TimeSpan.FromSeconds(100);)
        {
            var (due, wait) = pacer.Next(elapsed);
            after += due;
            elapsed += wait;
        }
        Assert.InRange(after, (rate * 99) - 1, (rate * 100) + 1);
    }

    [Theory]
    [InlineData(1.2)]
    [InlineData(2.5)]
    public void A_stall_of_little_more_than_a_second_is_bounded_too(double seconds)
    {
        var pacer = new RatePacer(100);
        pacer.Next(TimeSpan.Zero);
        Assert.Equal(100, pacer.Next(TimeSpan.FromSeconds(seconds)).Due);
        Assert.InRange(pacer.Next(TimeSpan.FromSeconds(seconds + 0.1)).Due, 9, 11);
    }

    [Fact]
    public void A_short_stall_loses_nothing()
    {
        var pacer = new RatePacer(10);
        Assert.Equal(1, pacer.Next(TimeSpan.Zero).Due);
        Assert.Equal(8, pacer.Next(TimeSpan.FromMilliseconds(801)).Due);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_rate_is_above_0(double rate) => Assert.Throws<ArgumentOutOfRangeException>(() => new RatePacer(rate));
}
