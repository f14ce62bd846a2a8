using Nbpy.Tests.Shared;

[assembly: AssemblyFixture(typeof(MachineLock))]
