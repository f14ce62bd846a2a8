using Nbpy.Influx;

namespace Nbpy.Influx.Tests;

public sealed class RetryPolicyShapeTests
{
    [Fact]
    public void Waits_double_to_the_cap_and_start_again_after_a_success()
    {
        var policy = new RetryPolicy(() => 1) { First = TimeSpan.FromSeconds(1), Most = TimeSpan.FromSeconds(5) };
        Assert.Equal([1, 2, 4, 5, 5], Enumerable.Range(0, 5).Select(_ => policy.Next(null).TotalSeconds));
        policy.Reset();
        Assert.Equal(1, policy.Next(null).TotalSeconds);
    }

    [Fact]
    public void The_server_may_ask_for_longer_than_the_longest_wait_up_to_a_cap_of_its_own()
    {
        var policy = new RetryPolicy(() => 0) { First = TimeSpan.FromSeconds(1), Most = TimeSpan.FromSeconds(5), MostAsked = TimeSpan.FromSeconds(90) };
        Assert.Equal(3, policy.Next(TimeSpan.FromSeconds(3)).TotalSeconds);
        Assert.Equal(60, policy.Next(TimeSpan.FromSeconds(60)).TotalSeconds);
        Assert.Equal(90, policy.Next(TimeSpan.FromHours(1)).TotalSeconds);
    }
}
