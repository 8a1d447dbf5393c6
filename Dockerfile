# The image of `paypath run`. Built from the hash-locked requirements; the final stage has Python, the package and nothing to
# build or install with.
#
#   docker build -t paypath .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges \
#     -v paypath-state:/var/lib/paypath -v "$PWD/deploy:/etc/paypath:ro" paypath
#
# A tag moves. Whoever deploys pins the base by digest, and writes down which one that was:
#   docker build --build-arg PYTHON_IMAGE=python@sha256:… -t paypath .
ARG PYTHON_IMAGE=python:3.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
# The venv has no pip of its own; the builder's installs into it, and stays behind.
RUN python -m venv --without-pip /opt/paypath
# Requirements before sources: a change of the code leaves these layers as they are.
COPY requirements.txt requirements-build.txt ./
RUN pip install --require-hashes --requirement requirements-build.txt \
 && pip --python /opt/paypath/bin/python install --only-binary=:all: --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY scenarios ./scenarios
COPY docs/runbooks/rotation.md ./docs/runbooks/rotation.md
COPY probe ./probe
RUN pip wheel --no-build-isolation --no-deps --no-index --wheel-dir /wheels . \
 && pip --python /opt/paypath/bin/python install --no-deps --no-index /wheels/*.whl \
 && mkdir -p /empty/state /empty/configuration && chmod 0770 /empty/state

FROM ${PYTHON_IMAGE} AS final
LABEL org.opencontainers.image.title="paypath" \
      org.opencontainers.image.description="Synthetic payment-path health checker: can a card be charged right now, and if not, exactly why." \
      org.opencontainers.image.licenses="Apache-2.0"
# The base image brings pip and what installs it; a prober needs neither.
RUN rm -rf /usr/local/bin/pip* /usr/local/bin/idle* /usr/local/bin/pydoc* \
    /usr/local/lib/python3*/site-packages/* /usr/local/lib/python3*/ensurepip
COPY --from=builder /opt/paypath /opt/paypath
COPY docker/healthcheck.py /opt/paypath/healthcheck.py
# The only place that is written to; what is mounted here keeps the history and the latch across restarts. Its group is root's, which
# a container of any other uid has (`--user 12345`, OpenShift).
COPY --from=builder --chown=65532:0 /empty/state /var/lib/paypath
COPY --from=builder /empty/configuration /etc/paypath
ENV PATH=/opt/paypath/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_STATE_HOME=/var/lib
# paypath.yaml is looked for in the working directory.
WORKDIR /etc/paypath
VOLUME /var/lib/paypath
# A number, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 65532:65532
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["/opt/paypath/bin/python", "/opt/paypath/healthcheck.py"]
ENTRYPOINT ["paypath"]
CMD ["run"]
