using LoraBridge.Diffusion;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion;

public sealed class DeviceNamesTests
{
    [Fact]
    public void Resolve_Cpu_IsTheCpu() => Assert.Equal("cpu", DeviceNames.Resolve("cpu"));

    [Fact]
    public void Resolve_Auto_IsAGpuWhereThereIsOne() => Assert.Equal(cuda.is_available() ? "cuda" : "cpu", DeviceNames.Resolve("auto"));

    [Fact]
    public void Resolve_AGpuThatIsNotThere_NamesWhatThereIs()
    {
        var message = Assert.Throws<NotSupportedException>(() => DeviceNames.Resolve("cuda:99")).Message;

        Assert.Contains("'cuda:99'", message, StringComparison.Ordinal);
        Assert.Contains("Choose", message, StringComparison.Ordinal);
    }
}
