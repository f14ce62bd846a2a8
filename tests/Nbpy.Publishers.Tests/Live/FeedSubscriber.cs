using System.Globalization;
using Nbpy.Messaging;

namespace Nbpy.Publishers.Tests.Live;

/// <summary>What a subscriber gets of a topic over ZeroMQ, as the messages it was made of.</summary>
/// <param name="options">Whose topic.</param>
/// <param name="take">Gets each message.</param>
internal sealed class FeedSubscriber(SubscriberOptions options, Action<MarketMessage> take) : BaseSubscriber(options)
{
    protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message) => take(new MarketMessage(
        Convert.ToInt64(message[MessageKeys.Timestamp], CultureInfo.InvariantCulture),
        [.. message.Where(field => !MessageKeys.IsReserved(field.Key)).Select(field => new MessageField(field.Key, FieldValue.From(field.Value)))])
    {
        Source = (string?)message[MessageKeys.Source],
    });
}
