using Nbpy.Messaging;

namespace Nbpy.Messaging.Tests;

public sealed class StoredTimeTests
{
    [Fact]
    public void A_thousand_consecutive_messages_of_one_nanosecond_have_a_thousand_times()
    {
        var times = Enumerable.Range(5_500, 1_000).Select(s => StoredTime.Of(1_700_000_000_123_456_789, (ulong)s)).ToHashSet();
        Assert.Equal(1_000, times.Count);
        Assert.All(times, t => Assert.Equal(1_700_000_000_123_456, t / 1_000));
    }

    [Fact]
    public void The_same_message_has_the_same_time() =>
        Assert.Equal(StoredTime.Of(123_456_789, 42), StoredTime.Of(123_456_789, 42));
}
