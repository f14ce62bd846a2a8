using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Tests;

public sealed class FewMessagesTests
{
    [Theory]
    [InlineData(null, null, SourceKind.Simulated, true)]
    [InlineData(null, 999.0, SourceKind.Simulated, true)]
    [InlineData(null, 1000.0, SourceKind.Simulated, false)]
    [InlineData(null, null, SourceKind.Live, false)]
    [InlineData(null, null, SourceKind.Auto, false)]
    [InlineData(null, null, SourceKind.Replay, false)]
    [InlineData(SourceKind.Simulated, null, SourceKind.Live, true)]
    [InlineData(SourceKind.Live, 5.0, SourceKind.Simulated, false)]
    public void Few_messages_are_expected_of_what_is_made_up_slowly_and_of_nothing_else(SourceKind? own, double? rate, SourceKind asked, bool expected) =>
        Assert.Equal(expected, FewMessages.AreExpected(new PublisherConfig { Name = "p", Class = KnownClasses.KrakenTick, Port = 1, Topic = "t", Source = own, Rate = rate }, asked));
}
