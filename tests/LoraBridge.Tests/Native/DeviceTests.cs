using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class DeviceTests
{
    [Theory]
    [InlineData("cpu", DeviceType.CPU, -1)]
    [InlineData("cuda", DeviceType.CUDA, -1)]
    [InlineData("cuda:1", DeviceType.CUDA, 1)]
    [InlineData("meta", DeviceType.META, -1)]
    [InlineData("mps", DeviceType.MPS, -1)]
    public void Device_OfItsDescription_IsRead(string description, DeviceType type, int index)
    {
        Device[] devices = [new(description), description, device(description)];

        Assert.All(devices, made => Assert.Equal((type, index, description), (made.type, made.index, made.ToString())));
    }

    [Fact]
    public void Device_OfAKindAndANumber_IsThatOne()
    {
        Device[] devices = [new("cuda", 2), new(DeviceType.CUDA, 2), device("cuda", 2), device(DeviceType.CUDA, 2)];

        Assert.All(devices, made => Assert.Equal((DeviceType.CUDA, 2), (made.type, made.index)));
    }

    [Theory]
    [InlineData("toaster")]
    [InlineData("cuda:one")]
    [InlineData("")]
    public void Device_OfAnythingElse_IsRefused(string description) => Assert.ThrowsAny<Exception>(() => new Device(description));

    [Fact]
    public void NamedDevices_AreTheirKinds()
    {
        Assert.Equal(DeviceType.CPU, CPU.type);
        Assert.Equal(DeviceType.META, META.type);
        Assert.Equal([0, 1, 13, 14], new[] { DeviceType.CPU, DeviceType.CUDA, DeviceType.MPS, DeviceType.META }.Select(type => (int)type));
        if (cuda.is_available()) Assert.Equal(DeviceType.CUDA, CUDA.type);
    }
}
