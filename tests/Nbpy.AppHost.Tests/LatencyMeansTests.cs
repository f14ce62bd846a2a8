using Nbpy.AppHost.Recording;

namespace Nbpy.AppHost.Tests;

public sealed class LatencyMeansTests
{
    [Fact]
    public void The_mean_is_of_the_messages_between_two_readings()
    {
        var means = new LatencyMeans();
        Assert.Empty(means.Of("a", Sums(5_000_000, 10)));
        Assert.Equal([("stored", 2.5)], means.Of("a", Sums(5_010_000, 14)));
    }

    [Fact]
    public void Without_a_message_in_between_and_after_sums_that_began_anew_nothing_is_said()
    {
        var means = new LatencyMeans();
        means.Of("a", Sums(9_000, 3));
        Assert.Empty(means.Of("a", Sums(9_000, 3)));
        Assert.Empty(means.Of("a", Sums(1_000, 1)));
        Assert.Equal([("stored", 3.0)], means.Of("a", Sums(4_000, 2)));
    }

    [Fact]
    public void Services_are_told_apart()
    {
        var means = new LatencyMeans();
        means.Of("a", Sums(1_000, 1));
        Assert.Empty(means.Of("b", Sums(2_000, 2)));
    }

    [Fact]
    public void Only_the_sums_are_kept_back()
    {
        Assert.True(LatencyMeans.IsSum("latency_published_us"));
        Assert.True(LatencyMeans.IsSum("latency_stored_count"));
        Assert.False(LatencyMeans.IsSum("stored"));
    }

    private static Dictionary<string, long> Sums(long microseconds, long count) => new() { ["latency_stored_us"] = microseconds, ["latency_stored_count"] = count, ["stored"] = 7 };
}
