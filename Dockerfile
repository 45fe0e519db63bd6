# LoraBridge's server as an image. Its steps are the launcher's own, as on any machine.
#   docker build -t lorabridge .                            computes on the processor
#   docker build -t lorabridge --build-arg CUDA=true .      computes with CUDA: docker run --gpus all …
#   docker run -p 127.0.0.1:7870:7870 -v "$PWD/data:/data" lorabridge
# BASE may be any Debian or Ubuntu, with the .NET 10 SDK or with a dotnet-sdk-10.0 to install.
ARG BASE=ubuntu:24.04
FROM ${BASE}

# read by the build: which of TorchSharp's packages to ask for (see src/LoraBridge.Native/build/Torch.props)
ARG CUDA=false
ENV TorchCuda=${CUDA}
ENV DEBIAN_FRONTEND=noninteractive

WORKDIR /lorabridge
RUN apt-get update && apt-get install -y --no-install-recommends bash ca-certificates
COPY . .
RUN ./lorabridge setup --yes && apt-get clean

# the vocabulary stays in the image; what the server writes goes to a volume
ENV LORABRIDGE_CLIP_VOCABULARY=/lorabridge/data/clip/bpe_simple_vocab_16e6.txt
ENV LORABRIDGE_DATA=/data
VOLUME /data
EXPOSE 7870
ENTRYPOINT ["/lorabridge/lorabridge"]
CMD ["serve", "--listen", "--token", "new"]
