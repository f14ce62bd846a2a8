using System.Globalization;

namespace Nbpy.Publishers.Tests.Live.Oanda;

/// <summary>Lines as the venue writes them.</summary>
internal static class OandaWire
{
    public static string Price(decimal bid, decimal ask, string time = "2030-01-01T00:00:00.000000000Z", string instrument = "EUR_USD", bool tradeable = true) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"type":"PRICE","time":"{{time}}","bids":[{"price":"{{bid}}","liquidity":1000000},{"price":"0.5","liquidity":5000000}],"asks":[{"price":"{{ask}}","liquidity":1000000}],"closeoutBid":"0.1","closeoutAsk":"9.9","status":"{{(tradeable ? "tradeable" : "non-tradeable")}}","tradeable":{{(tradeable ? "true" : "false")}},"instrument":"{{instrument}}"}""");

    /// <summary>A time that many milliseconds after the clock's start.</summary>
    public static string At(int milliseconds) =>
        new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMilliseconds(milliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    public static string Heartbeat(string time = "2030-01-01T00:00:00.000000000Z") => $$"""{"type":"HEARTBEAT","time":"{{time}}"}""";

    public static string Heartbeat(long lastTransaction) =>
        $$"""{"type":"HEARTBEAT","lastTransactionID":"{{lastTransaction}}","time":"2030-01-01T00:00:00.000000000Z"}""";

    public static string LimitOrder(long id, int units = 100) =>
        $$"""{"id":"{{id}}","accountID":"101-004-0000001-001","userID":1,"batchID":"{{id}}","requestID":"24600000000000006400","time":"2030-01-01T00:00:00.{{id:000000000}}Z","type":"LIMIT_ORDER","instrument":"EUR_USD","units":"{{units}}","price":"1.16450","timeInForce":"GTC","positionFill":"DEFAULT","reason":"CLIENT_ORDER"}""";

    public static string Fill(long id, long orderId, int units = 100) =>
        $$"""{"id":"{{id}}","accountID":"101-004-0000001-001","userID":1,"batchID":"{{id}}","requestID":"24600000000000006400","time":"2030-01-01T00:00:00.{{id:000000000}}Z","type":"ORDER_FILL","orderID":"{{orderId}}","instrument":"EUR_USD","units":"{{units}}","price":"1.16450","reason":"LIMIT_ORDER","pl":"0.0000","accountBalance":"100000.0000"}""";

    public static string Cancel(long id, long orderId) =>
        $$"""{"id":"{{id}}","accountID":"101-004-0000001-001","userID":1,"batchID":"{{id}}","time":"2030-01-01T00:00:00.{{id:000000000}}Z","type":"ORDER_CANCEL","orderID":"{{orderId}}","reason":"CLIENT_REQUEST"}""";
}
