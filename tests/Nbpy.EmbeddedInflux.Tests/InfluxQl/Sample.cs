namespace Nbpy.EmbeddedInflux.Tests.InfluxQl;

/// <summary>The points that the tests query.</summary>
internal static class Sample
{
    public const string Database = "d";

    /// <summary>Two measurements: tags that some points lack, fields of all types that some points lack.</summary>
    public static readonly string[] Lines =
    [
        "m,host=a,region=eu v=1,w=10i,s=\"x\",b=true 1000000000",
        "m,host=a,region=us v=2,w=20i 11000000000",
        "m,host=b,region=eu v=3,w=30i,s=\"y\" 21000000000",
        "m,host=b v=5 31000000000",
        "m,host=a,region=eu v=4,w=40i,b=false 61000000000",
        "m,host=b,region=us v=2.5 62000000000",
        "n,host=a z=1i 5000000000",
        "n,host=a z=9i,v=0.5 65000000000",
        "p,k=1 x=10 1000000000",
        "p,k=1 x=12 3000000000",
        "p,k=1 x=-4 9000000000",
        "p,k=1 x=7 15000000000",
        "p,k=1 x=7 21000000000",
        "p,k=2 x=100 2000000000",
        "p,k=2 x=90 14000000000",
    ];
}
