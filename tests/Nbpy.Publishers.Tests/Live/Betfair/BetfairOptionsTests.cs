using Nbpy.Publishers.Betfair.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Betfair;

/// <summary>What a configuration may say, and what it means.</summary>
public sealed class BetfairOptionsTests
{
    [Theory]
    [InlineData("url", "https://stream-api.betfair.com", "tls://")]
    [InlineData("url", "tcp://127.0.0.1:1", "tls://")]
    [InlineData("login_url", "http://identitysso.betfair.com/api/login", "http without TLS on this machine only")]
    [InlineData("keep_alive_url", "http://identitysso.betfair.com/api/keepAlive", "http without TLS on this machine only")]
    [InlineData("keep_alive_minutes", "0", "from 1 to 600")]
    [InlineData("markets", "[null]", "a list of market ids")]
    [InlineData("markets", "1.25", "a list of market ids")]
    [InlineData("fields", "EX_LTP", "a list such as")]
    [InlineData("fields", "[1]", "a list such as")]
    [InlineData("channel", "everything", "markets or orders")]
    public void An_option_that_means_nothing_is_an_error_of_the_configuration(string option, string value, string mend)
    {
        var error = Assert.Throws<ServiceStartException>(() => Options((option, value)));
        Assert.Contains($"options.{option}", error.Message, StringComparison.Ordinal);
        Assert.Contains(mend, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tls://stream-api-integration.betfair.com", 443)]
    [InlineData("tls://127.0.0.1:7001", 7001)]
    public void A_port_is_optional(string url, int port) => Assert.Equal(port, Options(("url", url)).Port);

    [Theory]
    [InlineData("https://identitysso-cert.betfair.com/api/certlogin", "https://identitysso.betfair.com/api/keepAlive")]
    [InlineData("https://identitysso.betfair.it/api/login", "https://identitysso.betfair.it/api/keepAlive")]
    public void Sessions_are_kept_alive_at_the_interactive_logins_host(string login, string keepAlive) =>
        Assert.Equal(keepAlive, Options(("login_url", login)).KeepAliveUrl.AbsoluteUri);

    [Theory]
    [InlineData("https://localhost:7002", "https://localhost:7002/api/login")]
    [InlineData("https://localhost:7002/other", "https://localhost:7002/other")]
    public void A_host_alone_gets_the_logins_own_path(string url, string login) => Assert.Equal(login, Options(("login_url", url)).LoginUrl.AbsoluteUri);

    [Fact]
    public void What_is_subscribed_to_tells_whether_a_side_without_offers_is_empty_or_unknown()
    {
        Assert.True(Options().DeliversOffers);
        Assert.True(Options(("fields", """["EX_LTP","EX_ALL_OFFERS"]""")).DeliversOffers);
        Assert.False(Options(("fields", """["EX_LTP","EX_TRADED"]""")).DeliversOffers);
    }

    private static BetfairLiveOptions Options(params (string Name, string Value)[] options) => new(
        new PublisherConfig
        {
            Name = "betfair", Class = KnownClasses.BetfairStream, Port = 5564, Topic = "betfair_stream", Instruments = ["1.25"],
            Options = options.ToDictionary(o => o.Name, o => o.Value),
        },
        v => v switch { "BETFAIR_APP_KEY" => "the-key", "BETFAIR_SESSION_TOKEN" => "planted-session", _ => null });
}
