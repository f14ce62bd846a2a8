using Nbpy.AppHost.Publishing;
using Nbpy.Hosting.Docker.Resources;
using Nbpy.Hosting.Docker.Resources.ComposeNodes;

namespace Nbpy.AppHost.Tests.Publishing;

/// <summary>What both hosts' Compose files have in common is made here.</summary>
public sealed class ComposeExtensionsTests
{
    [Fact]
    public void What_Aspire_adds_by_itself_is_taken_out_and_the_topologys_own_variables_stay()
    {
        var file = new ComposeFile();
        file.AddService(new Service { Name = "kraken-tick" });
        file.AddService(new Service
        {
            Name = "data-filter",
            Environment = new()
            {
                ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory", ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true", ["HTTP_PORTS"] = "8079",
                ["KRAKEN_TICK_ZMQ"] = "tcp://kraken-tick:5558", ["services__kraken-tick__zmq__0"] = "tcp://kraken-tick:5558", ["NBPY_HEALTH_PORT"] = "8079",
            },
        });
        ComposeExtensions.RemoveAspiresOwn(file);
        Assert.Equal(["NBPY_HEALTH_PORT", "services__kraken-tick__zmq__0"], file.Services["data-filter"].Environment.Keys.Order());
    }

    [Theory]
    [InlineData("0.1.0", "0.1.0")]
    [InlineData("1.0.0-rc.1+5eb6c44", "1.0.0-rc.1")]
    public void Images_are_named_with_the_whole_version(string informational, string version) => Assert.Equal(version, ProductVersion.Of(informational));
}
