using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live;

/// <summary>Where a live feed takes its credentials from.</summary>
public sealed class LiveOptionsTests
{
    [Fact]
    public void A_credential_file_that_cannot_be_read_is_an_error_and_not_a_missing_credential()
    {
        var options = new LiveOptions(new PublisherConfig { Name = "oanda_tick", Class = KnownClasses.OandaTick, Topic = "oanda_tick", Port = 5562 }, "wss://venue.example", v => v == "OANDA_TOKEN_FILE" ? "/absent/token" : null);
        var error = Assert.Throws<ServiceStartException>(() => options.Credential("token", "OANDA_TOKEN"));
        Assert.Contains("OANDA_TOKEN_FILE", error.Message, StringComparison.Ordinal);
        Assert.Null(options.Credential("account", "OANDA_ACCOUNT_ID"));
    }
}
