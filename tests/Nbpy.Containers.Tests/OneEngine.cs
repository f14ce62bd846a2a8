using Xunit.v3;

namespace Nbpy.Containers.Tests;

/// <summary>Tests with a Docker engine, in the order of their files: those that need images first, for until these are built others may have browsers
/// open, which containers that come and go disturb.</summary>
[CollectionDefinition(Name)]
[TestClassOrderer(typeof(UnorderedTestClassOrderer))]
public sealed class OneEngine : ICollectionFixture<Images>
{
    public const string Name = "one engine";
}
