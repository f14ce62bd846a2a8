using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Tests.Storage;

public sealed class KnownTimesTests
{
    [Fact]
    public void A_time_is_never_new_twice_whatever_came_in_between()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var times = new KnownTimes(100, random.Next(50, 150));
            var held = new HashSet<long>();
            for (var time = 100; time < 150; time++)
            {
                times.Add(time, 1);
                held.Add(time);
            }

            for (var request = 2; request < 200; request++)
            {
                var time = random.Next(1000);
                for (var point = random.Next(1, 8); point > 0; point--, time += random.Next(-1, 4))
                {
                    if (times.Add(time, request))
                        Assert.True(held.Add(time), $"seed {seed}: {time} was new twice");
                    held.Add(time);
                }
            }
        }
    }

    [Fact]
    public void Requests_that_overtake_each_other_are_new()
    {
        var times = new KnownTimes(long.MaxValue, long.MinValue);
        var request = 0;
        foreach (var window in Enumerable.Range(0, 1000).Chunk(16))
        {
            foreach (var batch in window.Reverse())
            {
                request++;
                for (var point = 0; point < 10; point++)
                    Assert.True(times.Add(batch * 1000 + point * 100, request), $"batch {batch}, point {point}");
            }
        }
    }

    [Fact]
    public void The_ends_of_time_are_new_once()
    {
        var times = new KnownTimes(long.MaxValue, long.MinValue);
        foreach (var time in new[] { 0, long.MinValue, long.MaxValue, long.MaxValue - 1 })
        {
            Assert.True(times.Add(time, 1 + (time & 3)));
            Assert.False(times.Add(time, 9));
        }
    }
}
