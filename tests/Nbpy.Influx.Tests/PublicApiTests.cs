using Nbpy.Shared.Tests;

namespace Nbpy.Influx.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_API_is_the_approved_one() => PublicApi.AssertApproved(typeof(InfluxClient).Assembly);
}
