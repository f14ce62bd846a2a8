using Nbpy.Shared.Tests;

namespace Nbpy.Messaging.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_API_is_the_approved_one() => PublicApi.AssertApproved(typeof(BasePublisher).Assembly);
}
