namespace Nbpy.Messaging.Tests;

public sealed class UniqueTimesTests
{
    [Fact]
    public void Ten_thousand_messages_of_one_second_are_stored_apart_and_within_ten_microseconds()
    {
        var times = new UniqueTimes();
        var placed = Enumerable.Range(1, 10_000).Select(i => (Sequence: (ulong)i, At: times.Place(1_700_000_000_000_000_000, (ulong)i))).ToList();
        Assert.Equal(10_000, placed.Select(p => StoredTime.Of(p.At, p.Sequence)).Distinct().Count());
        Assert.All(placed, p => Assert.InRange(p.At - 1_700_000_000_000_000_000, 0, 9_000));
        Assert.Equal(1_700_000_000_000_000_000, placed[999].At);
    }

    [Fact]
    public void Times_that_differ_stay_as_they_are_to_the_nanosecond()
    {
        var times = new UniqueTimes();
        for (var i = 1UL; i <= 5_000; i++)
            Assert.Equal(1_700_000_000_000_000_123 + ((long)i * 1_000), times.Place(1_700_000_000_000_000_123 + ((long)i * 1_000), i));
    }

    [Fact]
    public void A_time_that_comes_back_after_it_was_forgotten_is_counted_and_rising_times_are_not()
    {
        var times = new UniqueTimes();
        for (var i = 1UL; i <= 20_000; i++)
            times.Place(1_700_000_000_000_000_000 + ((long)i * 1_000), i);
        Assert.Equal(0, times.Unchecked);
        times.Place(1_700_000_000_000_001_000, 20_001);
        times.Place(1_700_000_000_000_001_000, 20_002);
        Assert.Equal(2, times.Unchecked);
        times.Place(1_700_000_020_000_000_000, 20_003);
        Assert.Equal(2, times.Unchecked);

        var restarted = new UniqueTimes(1_700_000_000_000_000);
        restarted.Place(1_700_000_000_000_000_000, 1);
        restarted.Place(1_700_000_000_000_001_000, 2);
        Assert.Equal(1, restarted.Unchecked);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Seconds_of_several_venues_among_exact_times_are_stored_apart(int seed)
    {
        var random = new Random(seed);
        var times = new UniqueTimes();
        var seen = new HashSet<long>();
        for (var i = 1UL; i <= 30_000; i++)
        {
            var second = 1_700_000_000_000_000_000 + ((long)(i / 5_000) * 1_000_000_000);
            var time = random.Next(4) switch { 0 => second, 1 => second - 3_500_000_000, 2 => second + 1_000, _ => second + random.Next(1_000_000_000) };
            Assert.True(seen.Add(StoredTime.Of(times.Place(time, i), i)), $"message {i} is stored onto another");
        }
    }
}
