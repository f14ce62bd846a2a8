using Nbpy.Hosting;

namespace Nbpy.Hosting.Tests;

public sealed class ResourceNameTests
{
    [Theory]
    [InlineData("kraken_tick")]
    [InlineData("")]
    [InlineData("1st")]
    public void A_name_that_Aspire_would_refuse_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => DistributedApplication.CreateBuilder([]).AddExecutable(name, "/bin/true", "."));

    [Fact]
    public void A_name_is_given_once_whatever_its_case()
    {
        var builder = DistributedApplication.CreateBuilder([]);
        builder.AddExecutable("store", "/bin/true", ".");
        Assert.Throws<InvalidOperationException>(() => builder.AddExecutable("Store", "/bin/true", "."));
    }
}
